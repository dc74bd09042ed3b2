import type { Currency } from '@errand-dash/contract';
import { type AccountName, post, type SetRefusal, type TransferSet, type Tx } from '@errand-dash/db';
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
}

/**
 * Posts a movement in the name of the command that runs, all of it or nothing. Legs of zero are left out.
 * Refuses with `FUNDS_INSUFFICIENT`, with the numbers, when a person's available money does not suffice.
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
  context.keepForEver();
  const [answer] = await post(tx, [setOf(context, movement)]);
  if (answer === undefined) throw new Error('the ledger gave no answer');
  return answer.outcome === 'refused' ? refusalOf(answer) : null;
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
  for (const answer of answers) if (answer.outcome === 'refused') orThrow(refusalOf(answer));
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

/** What only a fault of ours can bring about is thrown. */
function refusalOf(answer: SetRefusal): Refusal {
  const { rule, account, balanceMinor, neededMinor } = answer;
  const isShort = rule === 'balance_below_zero' && account?.purpose === 'available';
  if (!isShort || balanceMinor === undefined || neededMinor === undefined) {
    throw new Error(`the ledger refused a set: ${rule}`);
  }
  return refuse('FUNDS_INSUFFICIENT', {
    currency: account.currency as Currency,
    neededMinor: Number(neededMinor),
    availableMinor: Number(balanceMinor),
    missingMinor: Number(neededMinor - balanceMinor),
  });
}
