import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { isTransactionConflict } from '../transaction.ts';
import { type AccountName, accountId } from './account-id.ts';
import { accountPurposes } from './account-purposes.ts';
import { checkInvariants } from './ledger-invariants.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleSet, sampleSource } from './sample-sets.ts';
import type { TransferSet } from './transfer-set.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Numbers below a bound, the same for the same seed (mulberry32). */
function chance(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

type Balances = Map<string, bigint>;

/** The ledger in a dozen lines: what a set does, and whether it may. */
function judge(balances: Balances, seen: Set<string>, set: TransferSet): string {
  const isSound = set.transfers.every(
    ({ debit, credit, amountMinor }) =>
      amountMinor > 0n && debit.currency === credit.currency && accountId(debit) !== accountId(credit),
  );
  if (!isSound) return 'refused';
  const [first] = set.transfers;
  if (first === undefined) return 'refused';
  if (seen.has(first.id)) return 'replayed';
  const after = new Map(balances);
  const move = (name: AccountName, change: bigint) =>
    after.set(accountId(name), (after.get(accountId(name)) ?? 0n) + change);
  for (const { debit, credit, amountMinor } of set.transfers) {
    move(debit, -amountMinor);
    move(credit, amountMinor);
  }
  const isBelow = set.transfers.some(
    ({ debit }) => accountPurposes[debit.purpose].guarded && (after.get(accountId(debit)) ?? 0n) < 0n,
  );
  if (isBelow) return 'refused';
  for (const [id, balance] of after) balances.set(id, balance);
  seen.add(first.id);
  return 'posted';
}

function randomSet(
  pick: (bound: number) => number,
  accounts: AccountName[],
  earlier: TransferSet[],
): TransferSet {
  const again = earlier[pick(Math.max(earlier.length, 1) * 8)];
  if (again !== undefined) return again;
  const account = () => accounts[pick(accounts.length)] as AccountName;
  const legs = Array.from({ length: pick(10) === 0 ? pick(5) : 1 + pick(2) }, () => {
    const amountMinor = pick(25) === 0 ? BigInt(pick(2)) - 1n : BigInt(1 + pick(300));
    const debit = pick(3) === 0 ? sampleSource(pick(8) === 0 ? 'USD' : 'NGN') : account();
    return [debit, account(), amountMinor] as const;
  });
  const set = sampleSet(legs);
  earlier.push(set);
  return set;
}

test('random sets, one by one and in batches, do what a ledger of a dozen lines does', async () => {
  const seed = randomInt(2 ** 31);
  console.info(`seed ${seed}`);
  const pick = chance(seed);
  const accounts = [
    ...Array.from({ length: 5 }, () => sampleAccount()),
    ...[sampleAccount('held'), sampleAccount('fees'), sampleAccount('available', 'USD'), sampleSource()],
  ];
  const balances: Balances = new Map();
  const seen = new Set<string>();
  const earlier: TransferSet[] = [];
  for (let round = 0; round < 150; round += 1) {
    const size = round % 3 === 0 ? 1 + pick(30) : 1;
    const sets = Array.from({ length: size }, () => randomSet(pick, accounts, earlier));
    const expected = sets.map((set) => judge(balances, seen, set));
    const answers = await post(database.db, sets);
    expect(answers.map(({ outcome }) => outcome)).toEqual(expected);
  }
  const stored = await readBalances(database.db, accounts);
  expect(stored).toEqual(accounts.map((account) => balances.get(accountId(account)) ?? 0n));
  expect(await checkInvariants(database.db)).toEqual([]);
});

/** As every transaction does: where two callers post the same set in one moment, one of them tries again. */
async function postUntilAnswered(sets: TransferSet[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await post(database.db, sets);
      return;
    } catch (error) {
      if (!isTransactionConflict(error) || attempt === 10) throw error;
    }
  }
}

test('random sets by sixteen callers at once leave every invariant intact', async () => {
  const seed = randomInt(2 ** 31);
  console.info(`seed ${seed}`);
  const pick = chance(seed);
  const accounts = Array.from({ length: 12 }, (_, index) => sampleAccount(index % 5 ? 'available' : 'fees'));
  const earlier: TransferSet[] = [];
  const caller = async () => {
    for (let call = 0; call < 25; call += 1) {
      const sets = Array.from({ length: 1 + pick(4) }, () => randomSet(pick, accounts, earlier));
      await postUntilAnswered(sets);
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  expect(await checkInvariants(database.db)).toEqual([]);
});
