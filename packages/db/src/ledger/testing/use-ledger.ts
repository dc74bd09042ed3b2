import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import type { AccountName } from '../account-id.ts';
import { checkInvariants } from '../ledger-invariants.ts';
import { post } from '../post.ts';
import { readBalances } from '../read-balances.ts';
import type { SetAnswer, TransferSet } from '../transfer-set.ts';
import { sampleAccount, sampleSet, sampleSource } from './sample-sets.ts';

export const posted = { outcome: 'posted' };
export const replayed = { outcome: 'replayed' };

/** A database for the tests of one file, whose invariants hold after each of them. */
export interface UsedLedger {
  readonly database: TestDatabase;
  postOne: (set: TransferSet) => Promise<SetAnswer | undefined>;
  balanceOf: (account: AccountName) => Promise<bigint | undefined>;
  /** A new account with so much in it. */
  funded: (amountMinor: bigint) => Promise<AccountName>;
}

export function useLedger(): UsedLedger {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    expect(await checkInvariants(database.db)).toEqual([]);
  });

  const postOne = async (set: TransferSet) => (await post(database.db, [set]))[0];
  return {
    get database() {
      return database;
    },
    postOne,
    balanceOf: async (account) => (await readBalances(database.db, [account]))[0],
    funded: async (amountMinor) => {
      const account = sampleAccount();
      expect(await postOne(sampleSet([[sampleSource(), account, amountMinor]]))).toEqual(posted);
      return account;
    },
  };
}
