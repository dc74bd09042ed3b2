import { CompiledQuery, type Kysely } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type AccountName, accountId } from './account-id.ts';
import { accountPurposes } from './account-purposes.ts';
import type { SetAnswer, SetRule, Transfer, TransferSet } from './transfer-set.ts';

/**
 * Posts sets of transfers in one round trip and answers each: posted, replayed (the same ids and content were
 * posted before), or refused with the first of `setRules` that it breaks. A refused set leaves nothing behind and
 * does not touch the others; a set sees what those before it did. Accounts are opened by their first transfer.
 * The guarded accounts of all sets stay locked until the transaction ends.
 *
 * Throws where a set is not one at all (an account without its owner), and with SQLSTATE 40001 or 40P01 where
 * somebody else posted the same ids at the same moment: roll back and try again, as with every transaction.
 */
export async function post(tx: Kysely<Database>, sets: TransferSet[]): Promise<SetAnswer[]> {
  const [set] = sets;
  if (set === undefined) return [];
  const [transfer] = set.transfers;
  const isLone =
    sets.length === 1 && set.transfers.length === 1 && transfer !== undefined && isPlain(set, transfer);
  const accounts = isLone ? [transfer.debit, transfer.credit].map(place) : placeAccounts(sets);
  const [statement, parameters] = isLone
    ? ([postTransfer, transferParameters(set, transfer, accounts)] as const)
    : ([postSets, setsParameters(sets, accounts)] as const);
  const { rows } = await tx.executeQuery<{ answers: Answers | null }>(
    CompiledQuery.raw(statement, parameters),
  );
  const answers = rows[0]?.answers ?? {};
  return sets.map((_, position) => presentAnswer(answers[position], inOrder(accounts)));
}

/** By the position of the set, what is not simply posted. Numbers are texts: they may be beyond 2^53. */
type Answers = Record<
  string,
  {
    rule: SetRule | 'replayed';
    account: number | null;
    balanceMinor: string | null;
    neededMinor: string | null;
  }
>;

interface PlacedAccount {
  id: string;
  guarded: boolean;
  name: AccountName;
}

const place = (name: AccountName): PlacedAccount => ({
  id: accountId(name),
  guarded: accountPurposes[name.purpose].guarded,
  name,
});

/** The order of locking, and in which the database names accounts: guarded ones first, and by id within. */
function inOrder(accounts: PlacedAccount[]): PlacedAccount[] {
  return accounts.toSorted((a, b) => Number(b.guarded) - Number(a.guarded) || (a.id < b.id ? -1 : 1));
}

function presentAnswer(answer: Answers[string] | undefined, accounts: PlacedAccount[]): SetAnswer {
  if (answer === undefined) return { outcome: 'posted' };
  const { rule, account, balanceMinor, neededMinor } = answer;
  if (rule === 'replayed') return { outcome: 'replayed' };
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

const amountMinorMax = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether no rule about the transfer itself is broken, so that the short cut may be tried. */
function isPlain(set: TransferSet, { debit, credit, amountMinor }: Transfer): boolean {
  return (
    set.providerReference === undefined &&
    amountMinor > 0n &&
    amountMinor <= amountMinorMax &&
    debit.currency === credit.currency &&
    accountId(debit) !== accountId(credit)
  );
}

function transferParameters(
  { kind, cause, authority, postedAt }: TransferSet,
  { id, amountMinor, debit }: Transfer,
  accounts: PlacedAccount[],
): unknown[] {
  const [debited, credited] = accounts as [PlacedAccount, PlacedAccount];
  const isLowerDebited = debited.id < credited.id;
  const [lower, higher] = isLowerDebited ? [debited, credited] : [credited, debited];
  return [
    ...[id, postedAt.toISOString(), kind, cause.type, cause.id],
    ...[authority.kind, authority.reference, authority.detail ?? null],
    ...[(isLowerDebited ? -amountMinor : amountMinor).toString(), debit.currency],
    ...[lower.id, lower.guarded, lower.name.purpose, lower.name.ownerId],
    ...[higher.id, higher.guarded, higher.name.purpose, higher.name.ownerId],
  ];
}

function placeAccounts(sets: TransferSet[]): PlacedAccount[] {
  const placed = new Map<string, PlacedAccount>();
  for (const { transfers } of sets) {
    for (const { debit, credit } of transfers) {
      for (const name of [debit, credit]) {
        const account = place(name);
        placed.set(account.id, account);
      }
    }
  }
  return inOrder([...placed.values()]);
}

function setsParameters(sets: TransferSet[], accounts: PlacedAccount[]): unknown[] {
  const positions = new Map(accounts.map(({ id }, index) => [id, index + 1]));
  const transfers = sets.flatMap((set) => set.transfers);
  let transferEnd = 0;
  const transferEnds = sets.map((set) => {
    transferEnd += set.transfers.length;
    return transferEnd;
  });
  const ofEach = (text: (set: TransferSet) => string | null) =>
    arrayOf(sets.flatMap((set) => set.transfers.map(() => text(set))));
  return [
    arrayOf(accounts.map(({ id }) => id)),
    accounts.filter(({ guarded }) => guarded).length,
    arrayOf(accounts.map(({ name }) => name.purpose)),
    arrayOf(accounts.map(({ name }) => name.ownerId)),
    arrayOf(accounts.map(({ name }) => name.currency)),
    arrayOf(transferEnds),
    arrayOf(runEnds(sets)),
    arrayOf(transfers.map(({ id }) => id)),
    arrayOf(transfers.map(({ debit }) => positions.get(accountId(debit)) ?? null)),
    arrayOf(transfers.map(({ credit }) => positions.get(accountId(credit)) ?? null)),
    arrayOf(transfers.map(({ amountMinor }) => withinBigint(amountMinor))),
    ofEach(({ postedAt }) => postedAt.toISOString()),
    ofEach(({ kind }) => kind),
    ofEach(({ cause }) => cause.type),
    ofEach(({ cause }) => cause.id),
    ofEach(({ authority }) => authority.kind),
    ofEach(({ authority }) => authority.reference),
    ofEach(({ authority }) => authority.detail ?? null),
    ofEach(({ providerReference }) => providerReference ?? null),
  ];
}

/** The positions of the sets before which ids are repeated: what came before is written before they are judged. */
function runEnds(sets: TransferSet[]): number[] {
  const ends: number[] = [];
  let seen = new Set<string>();
  sets.forEach((set, index) => {
    const ids = [...new Set(set.transfers.map(({ id }) => `transfer ${id}`))];
    if (set.providerReference !== undefined) ids.push(`provider ${set.providerReference}`);
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

/** The literal of an array. The driver's own way of writing one costs more than all else that a post does here. */
function arrayOf(values: (string | number | bigint | null)[]): string {
  return `{${values.map((value) => (typeof value === 'string' ? quoted(value) : (value ?? 'NULL'))).join()}}`;
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

const placeholders = (count: number) => Array.from({ length: count }, (_, index) => `$${index + 1}`).join();
const postTransfer = `select post_transfer(${placeholders(18)}) as answers`;
const postSets = `select post_sets(${placeholders(19)}) as answers`;
