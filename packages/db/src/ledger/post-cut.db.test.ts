import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../pool.ts';
import { createFaultyPool, createTestDatabase, type Fault, type TestDatabase } from '../testing/index.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import {
  CommitUnknown,
  type Db,
  inTransaction,
  isConnectionLost,
  isTransactionConflict,
} from '../transaction.ts';
import { checkInvariants } from './ledger-invariants.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { copyOfModel, emptyModel, keyOf, type LedgerModel, predict } from './testing/ledger-model.ts';
import { funding, makeSet, newWorld, type SetPlan, setPlan } from './testing/random-sets.ts';
import type { SetAnswer, TransferSet } from './transfer-set.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const everyFault = (at: number): Fault[] => [
  { cutAt: at, when: 'before' },
  { cutAt: at, when: 'after' },
  { raiseAt: at, code: '40001' },
];

test('whichever statement the connection dies at, trying again ends as if nothing had happened', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(setPlan, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 }),
    async (calls) => {
      for (let at = 1; ; at += 1) {
        const struck = [];
        for (const fault of everyFault(at)) struck.push(await postUnder(fault, calls));
        if (struck.includes(false)) break;
      }
      expect(await checkInvariants(database.db)).toEqual([]);
    },
  );
  await fc.assert(property, propertyRuns(8));
}, 120_000);

/** Answers whether there were statements enough for the fault. */
async function postUnder(fault: Fault, plans: SetPlan[][]): Promise<boolean> {
  const world = newWorld();
  const model = emptyModel();
  const first = funding(world);
  for (const set of first) predict(model, set);
  await post(database.db, first);
  const calls = plans.map((call) => call.map((plan) => makeSet(world, plan)));

  const { pool, statements, hasStruck } = createFaultyPool(database.applicationUrl, fault);
  const db = createDb(pool);
  const after = copyOfModel(model);
  const expected = answersOf(after, calls);
  let outcome = await attempt(db, calls);
  if (hasStruck()) {
    expect(outcome).toBeInstanceOf(Error);
    const isCommitAnswered =
      'cutAt' in fault && fault.when === 'after' && statements[fault.cutAt - 1] === 'commit';
    outcome = await attempt(db, calls);
    expect(outcome).toEqual(isCommitAnswered ? answersOf(after, calls) : expected);
  } else {
    expect(outcome).toEqual(expected);
  }
  await db.destroy();
  expect(await readBalances(database.db, world.accounts)).toEqual(
    world.accounts.map((account) => after.balances.get(keyOf(account)) ?? 0n),
  );
  return hasStruck();
}

const answersOf = (model: LedgerModel, calls: TransferSet[][]): SetAnswer[] =>
  calls.flat().map((set) => predict(model, set));

async function attempt(db: Db, calls: TransferSet[][]): Promise<SetAnswer[] | Error> {
  const answers: SetAnswer[] = [];
  try {
    await inTransaction(db, async (tx) => {
      for (const sets of calls) answers.push(...(await post(tx, sets)));
    });
    return answers;
  } catch (error) {
    if (error instanceof CommitUnknown || isConnectionLost(error) || isTransactionConflict(error))
      return error as Error;
    throw error;
  }
}
