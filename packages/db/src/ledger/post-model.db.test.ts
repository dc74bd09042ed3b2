import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import { type Db, inTransaction } from '../transaction.ts';
import type { AccountName } from './account-id.ts';
import { checkInvariants } from './ledger-invariants.ts';
import { type ListedTransfer, listTransfers } from './list-transfers.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import {
  copyOfModel,
  emptyModel,
  keyOf,
  type LedgerModel,
  predict,
  statementOf,
} from './testing/ledger-model.ts';
import {
  everyAnswer,
  funding,
  makeSet,
  newWorld,
  type SetPlan,
  setPlan,
  type World,
} from './testing/random-sets.ts';
import { type SetAnswer, setRules } from './transfer-set.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** One transaction: its calls of `post`, and how it ends. Alone is a call without one. */
interface Step {
  calls: SetPlan[][];
  ends: 'alone' | 'commit' | 'rollback';
}

const call = fc.oneof(
  { weight: 2, arbitrary: fc.array(setPlan, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(setPlan, { minLength: 0, maxLength: 8 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ calls: fc.tuple(call), ends: fc.constant('alone' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      calls: fc.array(call, { minLength: 1, maxLength: 3 }),
      ends: fc.constantFrom('commit' as const, 'rollback' as const),
    }),
  },
);

/** The answers that came. */
const met = new Set<string>();

test('whatever is asked in whatever order, the ledger answers and holds what its model does', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 14, size: 'max' }),
    fc.integer({ min: 1, max: 60 }),
    async (steps, linesOnAPage) => {
      const world = newWorld();
      let model = emptyModel();
      await post(database.db, predictAll(model, funding(world)).sets);
      for (const { calls, ends } of steps) {
        const after = copyOfModel(model);
        after.transactions += 1;
        await take(world, after, calls, ends);
        if (ends !== 'rollback') model = after;
      }
      await compare(world, model, linesOnAPage);
    },
  );
  const runs = propertyRuns(40);
  const example: Step[] = everyAnswer.map((plan) => ({ calls: [[plan]], ends: 'alone' }));
  await fc.assert(property, { ...runs, examples: [[example, 5]] });
  if (runs.path !== undefined) return;
  expect([...met].toSorted()).toEqual(['posted', 'replayed', ...setRules].toSorted());
}, 120_000);

class RolledBack extends Error {}

async function take(world: World, model: LedgerModel, calls: SetPlan[][], ends: Step['ends']): Promise<void> {
  const ask = async (db: Db, plans: SetPlan[]) => {
    const { sets, expected } = predictAll(
      model,
      plans.map((plan) => makeSet(world, plan)),
    );
    expect(await post(db, sets)).toEqual(expected);
  };
  if (ends === 'alone') {
    for (const plans of calls) await ask(database.db, plans);
    return;
  }
  const transaction = inTransaction(database.db, async (tx) => {
    for (const plans of calls) await ask(tx, plans);
    if (ends === 'rollback') throw new RolledBack();
  });
  await transaction.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
}

function predictAll(
  model: LedgerModel,
  sets: World['asked'],
): { sets: World['asked']; expected: SetAnswer[] } {
  const expected = sets.map((set) => predict(model, set));
  for (const answer of expected) {
    met.add(answer.outcome === 'refused' ? answer.rule : answer.outcome);
  }
  return { sets, expected };
}

async function compare({ accounts }: World, model: LedgerModel, linesOnAPage: number): Promise<void> {
  expect(await readBalances(database.db, accounts)).toEqual(
    accounts.map((account) => model.balances.get(keyOf(account)) ?? 0n),
  );
  for (const account of accounts.slice(0, 4)) {
    const statement = statementOf(model, account);
    const limit = Math.max(linesOnAPage, Math.ceil(statement.length / 20));
    expect(await wholeStatement(account, limit)).toEqual(statement);
  }
  expect(await checkInvariants(database.db)).toEqual([]);
}

async function wholeStatement(account: AccountName, limit: number): Promise<ListedTransfer[]> {
  const all: ListedTransfer[] = [];
  let before: string | null = null;
  do {
    const page = await listTransfers(database.db, { account, before, limit });
    all.push(...page.transfers);
    before = page.next;
  } while (before !== null);
  return all;
}
