import type { Currency } from '@errand-dash/contract';
import {
  type AccountName,
  type ExceededLimit,
  findSet,
  type LimitCount,
  type Posting,
  post,
  postingOf,
  type SetAnswer,
  type SetRefusal,
  type SetRule,
  type TransferSet,
  type Tx,
} from '@errand-dash/db';
import type { CommandContext } from './command.ts';
import { orThrow, type Refusal, refuse } from './refusal.ts';

/** A movement as a rule decides it: what goes where, without ids, time or authority. */
export interface Movement {
  /** What kind of movement it is, by the chart of movements. */
  kind: TransferSet['kind'];
  /** What it is about, such as the errand. */
  cause: { type: string; id: string };
  transfers: readonly { debit: AccountName; credit: AccountName; amountMinor: bigint }[];
  /** The provider's object whose effect this is. It can have one effect only. */
  providerReference?: string;
  /** The set that this one takes back. See {@link reverseOrThrow}. */
  reverses?: string;
  /** What it counts against limits of the calendar day in Lagos, each with its ceiling. */
  counts?: LimitCount[];
}

/** A set that is to be taken back. */
export interface Reversal {
  /** The id of the set, which is that of its first transfer. */
  setId: string;
  /** `adjustment.reverse` where it has no name of its own. */
  kind?: Movement['kind'];
  cause: Movement['cause'];
}

/**
 * Posts a movement in the name of the command that runs, all of it or nothing. Legs of zero are left out.
 * Refuses with `FUNDS_INSUFFICIENT`, with the numbers, when the caller's own available money does not suffice,
 * and with `LIMIT_EXCEEDED`, with the numbers, when it would count more than one of its limits allows.
 */
export async function postOrThrow(tx: Tx, context: CommandContext, movement: Movement): Promise<void> {
  orThrow(await postOrRefuse(tx, context, movement));
}

/**
 * As {@link postOrThrow}, for a command whose attempt is itself kept: the refusal comes back, nothing was posted, and
 * what the command has written besides can still be committed. Null: it was posted.
 */
export async function postOrRefuse(
  tx: Tx,
  context: CommandContext,
  movement: Movement,
): Promise<Refusal | null> {
  const answer = await postMovement(tx, context, movement);
  return answer.outcome === 'refused' ? refusalOf(answer, context) : null;
}

/**
 * Posts what takes a whole set back: its transfers with debit and credit exchanged, the last first, under a name of
 * their own; the set itself stays. Refuses with `OBJECT_NOT_FOUND` where there is no such set, and with
 * `MOVEMENT_NOT_REVERSIBLE` where it was taken back before, takes one back itself, its money has moved on, or an
 * account would have more in it than an amount can say.
 */
export async function reverseOrThrow(
  tx: Tx,
  context: CommandContext,
  { setId, kind = 'adjustment.reverse', cause }: Reversal,
): Promise<void> {
  const set = orThrow((await findSet(tx, setId)) ?? refuse('OBJECT_NOT_FOUND', {}));
  const transfers = set.transfers.map(({ debit, credit, amountMinor }) => ({
    debit: credit,
    credit: debit,
    amountMinor,
  }));
  const movement = { kind, cause, transfers: transfers.toReversed(), reverses: setId };
  const answer = await postMovement(tx, context, movement);
  if (answer.outcome === 'refused') orThrow(reversalRefusalOf(answer));
}

async function postMovement(tx: Tx, context: CommandContext, movement: Movement): Promise<SetAnswer> {
  context.keepForEver();
  const [answer] = await post(tx, [setOf(context, movement)]);
  if (answer === undefined) throw new Error('the ledger gave no answer');
  return answer;
}

/**
 * Posts several movements in one round trip, each a set of its own, all of them or nothing: the first that is refused
 * is thrown, so that the transaction rolls back. Refuses as {@link postOrThrow} does.
 */
export async function postAllOrThrow(
  tx: Tx,
  context: CommandContext,
  movements: readonly Movement[],
): Promise<void> {
  context.keepForEver();
  const answers = await post(
    tx,
    movements.map((movement) => setOf(context, movement)),
  );
  for (const answer of answers) if (answer.outcome === 'refused') orThrow(refusalOf(answer, context));
}

/** What posts movements together with the end of the command that runs. */
export interface LastPosting extends Pick<Posting, 'call' | 'parameters'> {
  /** What {@link postOrThrow} would have refused with where this is the error of it, or null. */
  refusalIn: (error: unknown) => Refusal | null;
}

/** Posts movements with the end of the command that runs, all of them or nothing: see `movements` of its outcome. */
export function postLast(context: CommandContext, movements: readonly Movement[]): LastPosting {
  context.keepForEver();
  const { answersIn, ...posting } = postingOf(movements.map((movement) => setOf(context, movement)));
  return {
    ...posting,
    refusalIn: (error) => {
      const refused = answersIn(error)?.find((answer) => answer.outcome === 'refused');
      return refused === undefined ? null : refusalOf(refused, context);
    },
  };
}

function setOf(context: CommandContext, movement: Movement): TransferSet {
  const transfers = movement.transfers.filter((transfer) => transfer.amountMinor !== 0n);
  return {
    ...movement,
    authority: context.authority,
    postedAt: context.now,
    transfers: transfers.map((transfer) => ({ id: context.newId(), ...transfer })),
  };
}

/** The ledger refused what a rule of ours had decided: a fault. The code is the rule that the set broke. */
export class LedgerRefused extends Error {
  override readonly name = 'LedgerRefused';
  readonly code: SetRule;

  constructor(rule: SetRule) {
    super(`the ledger refused a set: ${rule}`);
    this.code = rule;
  }
}

/** What only a fault of ours can bring about is thrown. What somebody has is told to nobody but him. */
function refusalOf(answer: SetRefusal, { viewer }: CommandContext): Refusal {
  const { rule, account, balanceMinor, neededMinor, exceeded } = answer;
  if (exceeded !== undefined) return limitRefusalOf(exceeded);
  const isOwn =
    account?.purpose === 'available' && viewer.kind === 'user' && account.ownerId === viewer.userId;
  const isShort = rule === 'balance_below_zero' && isOwn;
  if (!isShort || balanceMinor === undefined || neededMinor === undefined) throw new LedgerRefused(rule);
  return refuse('FUNDS_INSUFFICIENT', {
    currency: account.currency as Currency,
    neededMinor: Number(neededMinor),
    availableMinor: Number(balanceMinor),
    missingMinor: Number(neededMinor - balanceMinor),
  });
}

function limitRefusalOf({
  limit,
  currency,
  usedMinor,
  ceilingMinor,
  askedMinor,
  resetsAt,
}: ExceededLimit): Refusal {
  return refuse('LIMIT_EXCEEDED', {
    limit,
    currency: currency as Currency,
    usedMinor: Number(usedMinor),
    ceilingMinor: Number(ceilingMinor),
    askedMinor: Number(askedMinor),
    resetsAt,
  });
}

const reasons: Partial<Record<SetRule, ReversalReason>> = {
  reversed_set_already: 'reversed_already',
  reversal_must_not_be_reversed: 'is_a_reversal',
  balance_below_zero: 'money_moved_on',
  balance_too_large: 'balance_too_large',
};

type ReversalReason = 'reversed_already' | 'is_a_reversal' | 'money_moved_on' | 'balance_too_large';

/** Whose money is missing is not said: a reversal is not asked for by the one who has it. */
function reversalRefusalOf({ rule }: SetRefusal): Refusal {
  const reason = reasons[rule];
  if (reason === undefined) throw new LedgerRefused(rule);
  return refuse('MOVEMENT_NOT_REVERSIBLE', { reason });
}
