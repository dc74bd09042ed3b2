import { CompiledQuery, type Kysely } from 'kysely';
import { arrayLiteral } from '../array-literal.ts';
import type { Database } from '../tables/database.ts';
import { errorCode } from '../transaction.ts';
import { type AccountName, accountId } from './account-id.ts';
import { type AccountPurpose, accountPurposes } from './account-purposes.ts';
import type { ExceededLimit, LimitCount, SetAnswer, SetRule, TransferSet } from './transfer-set.ts';

/**
 * Posts sets of transfers in one round trip and answers each: posted, replayed (the same ids and content were
 * posted before), or refused with the first of `setRules` that it breaks. A refused set leaves nothing behind but empty
 * accounts and counters at zero, which it would have used, and does not touch the others; a set sees what those before it did. Accounts are opened by their first transfer.
 * The guarded accounts of all sets, and then the counters of their limits, stay locked until the transaction ends.
 *
 * Throws where a set is not one at all (an account without its owner), and with SQLSTATE 40001 or 40P01 where
 * somebody else posted the same ids at the same moment: roll back and try again, as with every transaction.
 */
export async function post(tx: Kysely<Database>, sets: TransferSet[]): Promise<SetAnswer[]> {
  if (sets.length === 0) return [];
  const { statement, parameters, accounts } = callOf(sets);
  const { rows } = await tx.executeQuery<{ answers: Answers | null }>(
    CompiledQuery.raw(statement, parameters),
  );
  return presentAnswers(rows[0]?.answers ?? null, sets, accounts);
}

/** A call that posts, for a statement whose first parameters are its own, and what its error says. */
export interface Posting {
  call: string;
  parameters: unknown[];
  /** What {@link post} would have answered where this is the error by which it refused, or null. */
  answersIn: (error: unknown) => SetAnswer[] | null;
}

/**
 * A call that posts these sets, as {@link post} does, or fails where one of them is not posted: for the end of a
 * transaction that must not be committed without them, and whose COMMIT is sent before anybody has seen the answer.
 */
export function postingOf(sets: TransferSet[]): Posting {
  const { call, parameters, accounts } = callOf(sets);
  return {
    call: `refuse_unless_posted(${call})`,
    parameters,
    answersIn: (error) => {
      if (errorCode(error) !== NOT_POSTED) return null;
      const { detail } = error as { detail: string };
      return presentAnswers(JSON.parse(detail) as Answers, sets, accounts);
    },
  };
}

/** With which `refuse_unless_posted` fails. */
const NOT_POSTED = 'LR001';

interface LedgerCall extends LedgerFunction {
  parameters: unknown[];
  /** In the order in which the database names them. Only a refusal names any. */
  accounts: () => PlacedAccount[];
}

function callOf(sets: TransferSet[]): LedgerCall {
  const [set] = sets;
  const short = set === undefined || sets.length > 1 ? null : shortParameters(set);
  if (short !== null)
    return { ...postTransfer, parameters: short, accounts: () => inOrder(placeTransfers(sets)) };
  const transfers = placeTransfers(sets);
  const accounts = inOrder(transfers);
  return { ...postSets, parameters: setsParameters(sets, transfers, accounts), accounts: () => accounts };
}

function presentAnswers(
  answers: Answers | null,
  sets: TransferSet[],
  accounts: LedgerCall['accounts'],
): SetAnswer[] {
  if (answers === null) return sets.map(() => ({ outcome: 'posted' }));
  const named = accounts();
  return sets.map((_, position) => presentAnswer(answers[position], named));
}

/** By the position of the set, what is not simply posted. Numbers are texts: they may be beyond 2^53. */
type Answers = Record<
  string,
  {
    rule: SetRule | 'replayed';
    account: number | null;
    limit: Record<keyof ExceededLimit, string> | null;
    balanceMinor: string | null;
    neededMinor: string | null;
  }
>;

interface PlacedAccount {
  id: string;
  guarded: boolean;
  name: AccountName;
}

interface PlacedTransfer {
  id: string;
  debit: PlacedAccount;
  credit: PlacedAccount;
  amountMinor: bigint;
}

/** All transfers of all sets. An id is a hash: it is made once for each account of the call. */
function placeTransfers(sets: TransferSet[]): PlacedTransfer[] {
  const placed = new Map<string, PlacedAccount>();
  const place = (name: AccountName): PlacedAccount => {
    const key = `${name.purpose} ${name.ownerId ?? ''} ${name.currency}`;
    const known = placed.get(key);
    if (known !== undefined) return known;
    const account = { id: accountId(name), guarded: accountPurposes[name.purpose].guarded, name };
    placed.set(key, account);
    return account;
  };
  return sets.flatMap(({ transfers }) =>
    transfers.map(({ id, debit, credit, amountMinor }) => ({
      id,
      debit: place(debit),
      credit: place(credit),
      amountMinor,
    })),
  );
}

/** The order of locking, and in which the database names accounts: guarded ones first, and by id within. */
function inOrder(transfers: PlacedTransfer[]): PlacedAccount[] {
  const accounts = [...new Set(transfers.flatMap(({ debit, credit }) => [debit, credit]))];
  return accounts.sort((a, b) => Number(b.guarded) - Number(a.guarded) || (a.id < b.id ? -1 : 1));
}

function presentAnswer(answer: Answers[string] | undefined, accounts: PlacedAccount[]): SetAnswer {
  if (answer === undefined) return { outcome: 'posted' };
  const { rule, account, balanceMinor, neededMinor, limit } = answer;
  if (rule === 'replayed') return { outcome: 'replayed' };
  if (limit !== null) return { outcome: 'refused', rule, exceeded: presentExceeded(limit) };
  const refused = account === null ? undefined : accounts[account];
  if (refused === undefined || balanceMinor === null || neededMinor === null)
    return { outcome: 'refused', rule };
  return {
    outcome: 'refused',
    rule,
    account: refused.name,
    balanceMinor: BigInt(balanceMinor),
    neededMinor: BigInt(neededMinor),
  };
}

function presentExceeded(limit: Record<keyof ExceededLimit, string>): ExceededLimit {
  return {
    ...limit,
    usedMinor: BigInt(limit.usedMinor),
    ceilingMinor: BigInt(limit.ceilingMinor),
    askedMinor: BigInt(limit.askedMinor),
    resetsAt: new Date(Number(limit.resetsAt)),
  };
}

const amountMinorMax = BigInt(Number.MAX_SAFE_INTEGER);

/** For a set of one transfer, or null where it has more, a rule about the transfer itself is broken or it asks for more. */
function shortParameters(set: TransferSet): unknown[] | null {
  const { kind, cause, authority, postedAt, transfers } = set;
  const [transfer] = transfers;
  const asksForMore =
    set.providerReference !== undefined || set.reverses !== undefined || set.counts !== undefined;
  if (transfer === undefined || transfers.length > 1 || asksForMore) return null;
  const { id, debit, credit, amountMinor } = transfer;
  const isAmount = amountMinor > 0n && amountMinor <= amountMinorMax;
  if (!isAmount || debit.currency !== credit.currency) return null;
  const debitId = accountId(debit);
  const creditId = accountId(credit);
  if (debitId === creditId) return null;
  const debited = sideParameters(debitId, debit, false);
  const credited = sideParameters(creditId, credit, true);
  const isLowerDebited = debitId < creditId;
  const [lower, higher] = isLowerDebited ? [debited, credited] : [credited, debited];
  return [
    id,
    postedAt.toISOString(),
    kind,
    cause.type,
    cause.id,
    authority.kind,
    authority.reference,
    authority.detail ?? null,
    (isLowerDebited ? -amountMinor : amountMinor).toString(),
    debit.currency,
    ...lower,
    ...higher,
  ];
}

function sideParameters(id: string, { purpose, ownerId }: AccountName, isCredited: boolean): unknown[] {
  return [id, accountPurposes[purpose].guarded, isCredited && isOfOneCause(purpose), purpose, ownerId];
}

/** Whether the owner of such an account is what its first credit was posted for. */
function isOfOneCause(purpose: AccountPurpose): boolean {
  const { ownerKind } = accountPurposes[purpose];
  return ownerKind === 'escrow' || ownerKind === 'withdrawal' || ownerKind === 'transfer';
}

function setsParameters(
  sets: TransferSet[],
  transfers: PlacedTransfer[],
  accounts: PlacedAccount[],
): unknown[] {
  const positions = new Map(accounts.map((account, index) => [account, index + 1]));
  let transferEnd = 0;
  const transferEnds = sets.map((set) => {
    transferEnd += set.transfers.length;
    return transferEnd;
  });
  const ofEach = (text: (set: TransferSet) => string | null) =>
    arrayLiteral(sets.flatMap((set) => set.transfers.map(() => text(set))));
  return [
    arrayLiteral(accounts.map(({ id }) => id)),
    accounts.filter(({ guarded }) => guarded).length,
    arrayLiteral(accounts.map(({ name }) => name.purpose)),
    arrayLiteral(accounts.map(({ name }) => name.ownerId)),
    arrayLiteral(accounts.map(({ name }) => name.currency)),
    arrayLiteral(transferEnds),
    arrayLiteral(runEnds(sets)),
    arrayLiteral(transfers.map(({ id }) => id)),
    arrayLiteral(transfers.map(({ debit }) => positions.get(debit) ?? null)),
    arrayLiteral(transfers.map(({ credit }) => positions.get(credit) ?? null)),
    arrayLiteral(transfers.map(({ amountMinor }) => withinBigint(amountMinor))),
    ofEach(({ postedAt }) => postedAt.toISOString()),
    ofEach(({ kind }) => kind),
    ofEach(({ cause }) => cause.type),
    ofEach(({ cause }) => cause.id),
    ofEach(({ authority }) => authority.kind),
    ofEach(({ authority }) => authority.reference),
    ofEach(({ authority }) => authority.detail ?? null),
    ofEach(({ providerReference }) => providerReference ?? null),
    ofEach(({ reverses }) => reverses ?? null),
    limitCounts(sets),
  ];
}

/** Null where no set counts, which then costs nothing. Throws where a count is not one, or is there twice. */
function limitCounts(sets: TransferSet[]): string | null {
  const counts = sets.flatMap((set, index) => {
    const names = set.counts?.map(({ limit, ownerId, currency }) => `${limit} ${ownerId} ${currency}`) ?? [];
    if (new Set(names).size < names.length) throw new TypeError('A set counts once against each limit');
    return (set.counts ?? []).map((count) => limitCount(count, index + 1));
  });
  return counts.length === 0 ? null : JSON.stringify(counts);
}

function limitCount({ limit, ownerId, currency, amountMinor, ceilingMinor }: LimitCount, position: number) {
  const isCount = amountMinor > 0n && amountMinor <= amountMinorMax;
  if (!isCount || ceilingMinor < 0n || ceilingMinor > amountMinorMax) {
    throw new TypeError(`Not a count of ${limit}: ${amountMinor} of ${ceilingMinor}`);
  }
  return {
    set_position: position,
    limit_name: limit,
    owner_id: ownerId,
    currency,
    amount_minor: amountMinor.toString(),
    ceiling_minor: ceilingMinor.toString(),
  };
}

/** The positions of the sets before which ids are repeated: what came before is written before they are judged. */
function runEnds(sets: TransferSet[]): number[] {
  const ends: number[] = [];
  let seen = new Set<string>();
  sets.forEach((set, index) => {
    const ids = [...new Set(set.transfers.map(({ id }) => `transfer ${id}`))];
    if (set.providerReference !== undefined) ids.push(`provider ${set.providerReference}`);
    // What is taken back is named like a transfer of the set: it is written before the set is judged.
    if (set.reverses !== undefined) ids.push(`transfer ${set.reverses}`);
    if (ids.some((id) => seen.has(id))) {
      ends.push(index);
      seen = new Set();
    }
    for (const id of ids) seen.add(id);
  });
  return [...ends, sets.length];
}

/** An amount that no bigint of the database can hold is refused like the next one to it. */
function withinBigint(amountMinor: bigint): bigint {
  if (amountMinor > amountMinorMax) return amountMinorMax + 1n;
  return amountMinor < 0n ? -1n : amountMinor;
}

interface LedgerFunction {
  call: string;
  /** By which it is called alone. */
  statement: string;
}

function ledgerFunction(name: string, parameterCount: number): LedgerFunction {
  const placeholders = Array.from({ length: parameterCount }, (_, index) => `$${index + 1}`);
  const call = `${name}(${placeholders})`;
  return { call, statement: `select ${call} as answers` };
}

const postTransfer = ledgerFunction('post_transfer', 20);
const postSets = ledgerFunction('post_sets', 21);
