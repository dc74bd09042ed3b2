import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import { inTransaction, isTransactionConflict } from '../transaction.ts';
import { checkInvariants } from './ledger-invariants.ts';
import { listTransfers } from './list-transfers.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import {
  changesOf,
  contentOf,
  emptyModel,
  firstVastLine,
  keyOf,
  type LedgerModel,
  ownFault,
  predict,
  statementOf,
} from './testing/ledger-model.ts';
import { funding, makeSet, newWorld, setPlan, type World } from './testing/random-sets.ts';
import type { SetAnswer, TransferSet } from './transfer-set.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  // Transactions of several calls do deadlock, and a second passes each time until that is found.
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  await superuser.query(`alter database ${pg.escapeIdentifier(database.name)} set deadlock_timeout = '20ms'`);
  await superuser.end();
});
afterAll(() => database.drop());

/** What one client did in one transaction that ended. */
interface Done {
  sets: TransferSet[];
  answers: SetAnswer[];
  isCommitted: boolean;
}

const transactionPlan = fc.record({
  calls: fc.array(fc.array(setPlan, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  isCommitted: fc.oneof(
    { weight: 4, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
});
const clientPlans = fc.array(fc.array(transactionPlan, { minLength: 1, maxLength: 5, size: 'max' }), {
  minLength: 2,
  maxLength: 6,
  size: 'max',
});

test('what clients at once are answered is what they would be one after the other', async () => {
  const property = fc.asyncProperty(clientPlans, async (clients) => {
    // Counters would bring an order of their own, which no line tells.
    const world = newWorld({ isCounting: false });
    const first = funding(world);
    await post(database.db, first);
    const work = clients.map((transactions) =>
      transactions.map(({ calls, isCommitted }) => ({
        calls: calls.map((plans) => plans.map((plan) => makeSet(world, plan))),
        isCommitted,
      })),
    );
    const done = await Promise.all(
      work.map(async (transactions) => {
        const ended: Done[] = [];
        for (const { calls, isCommitted } of transactions) ended.push(await attempt(calls, isCommitted));
        return ended;
      }),
    );
    await judge(world, first, done.flat());
  });
  await fc.assert(property, propertyRuns(20));
}, 120_000);

class RolledBack extends Error {}

/** As a command does it: a conflict with somebody else is tried again. */
async function attempt(calls: TransferSet[][], isCommitted: boolean): Promise<Done> {
  for (let attempts = 1; ; attempts += 1) {
    const done: Done = { sets: calls.flat(), answers: [], isCommitted };
    try {
      await inTransaction(database.db, async (tx) => {
        for (const sets of calls) done.answers.push(...(await post(tx, sets)));
        if (!isCommitted) throw new RolledBack();
      });
      return done;
    } catch (error) {
      if (error instanceof RolledBack) return done;
      if (!isTransactionConflict(error) || attempts === 100) throw error;
    }
  }
}

async function judge(world: World, first: TransferSet[], done: Done[]): Promise<void> {
  const model = emptyModel();
  for (const set of first) predict(model, set);
  const committed = done.filter(({ isCommitted }) => isCommitted);
  for (const transaction of await inTheirOrder(world, committed)) {
    model.transactions += 1;
    for (const set of postedBy(transaction)) expect(predict(model, set)).toEqual({ outcome: 'posted' });
  }
  expect(await readBalances(database.db, world.accounts)).toEqual(
    world.accounts.map((account) => model.balances.get(keyOf(account)) ?? 0n),
  );
  for (const account of world.accounts.slice(2, 6)) {
    const { transfers } = await listTransfers(database.db, { account, limit: 10_000 });
    expect(transfers).toEqual(statementOf(model, account));
  }
  for (const { sets, answers, isCommitted } of done) {
    sets.forEach((set, index) => {
      expectPossible(model, set, answers[index], isCommitted);
    });
  }
  expect(await checkInvariants(database.db)).toEqual([]);
}

const postedBy = ({ sets, answers }: Done): TransferSet[] =>
  sets.filter((_, index) => answers[index]?.outcome === 'posted');

/** The transactions one after the other, each after those whose lines its own follow on some guarded account. */
async function inTheirOrder({ accounts }: World, done: Done[]): Promise<Done[]> {
  const writers = new Map(
    done.flatMap((one) => postedBy(one).map((set): [string, Done] => [set.transfers[0]?.id ?? '', one])),
  );
  const before = new Map<Done, Set<Done>>(done.map((one) => [one, new Set()]));
  for (const account of accounts) {
    const { transfers } = await listTransfers(database.db, { account, limit: 10_000 });
    if (transfers[0]?.version === null) continue;
    const order = transfers.toReversed().flatMap(({ setId }) => writers.get(setId) ?? []);
    order.forEach((one, index) => {
      const former = order[index - 1];
      if (former !== undefined && former !== one) before.get(one)?.add(former);
    });
  }
  const ordered: Done[] = [];
  while (before.size > 0) {
    const next = [...before].find(([, those]) => [...those].every((one) => !before.has(one)))?.[0];
    if (next === undefined) throw new Error('these transactions happened in no order at all');
    before.delete(next);
    ordered.push(next);
  }
  return ordered;
}

/** Whether a set may have been answered so at any moment of a history that ended as the model did. */
function expectPossible(
  model: LedgerModel,
  set: TransferSet,
  answer: SetAnswer | undefined,
  isCommitted: boolean,
) {
  const fault = ownFault(set);
  if (fault !== null) {
    expect(answer).toEqual({ outcome: 'refused', rule: fault });
    return;
  }
  const stored = model.sets.get(set.transfers[0]?.id ?? '');
  const isSame = stored !== undefined && contentOf(stored) === contentOf(set);
  if (answer?.outcome !== 'refused') {
    if (isCommitted) expect(isSame).toBe(true);
    return;
  }
  const { rule, account, balanceMinor, neededMinor } = answer;
  if (account !== undefined) {
    const isBelow = rule === 'balance_below_zero';
    const change = changesOf(set).get(keyOf(account)) ?? 0n;
    const vast = firstVastLine(set, account, balanceMinor ?? 0n);
    expect(neededMinor).toBe(isBelow ? -change : vast?.neededMinor);
    if (isBelow) expect((balanceMinor ?? 0n) + change).toBeLessThan(0n);
    const held = statementOf(model, account).map((line) => line.balanceMinor);
    if (isCommitted) expect([0n, ...held]).toContain(balanceMinor);
  } else if (isCommitted && rule === 'transfer_id_reused') {
    expect(isSame).toBe(false);
    expect(set.transfers.some(({ id }) => model.transferIds.has(id))).toBe(true);
  } else if (isCommitted && rule === 'provider_reference_used') {
    expect(model.providerReferences).toContain(set.providerReference);
  } else if (isCommitted) {
    const reversed = model.sets.get(set.reverses ?? '');
    // Of one that was posted later nobody could know yet.
    if (rule === 'reversal_must_not_be_reversed') expect(reversed?.reverses).toBeDefined();
    else if (rule === 'reversed_set_already') expect(model.reversed).toContain(set.reverses);
    else if (rule === 'reversal_must_mirror') expect(reversed).toBeDefined();
    else expect(rule).toBe('reversed_set_unknown');
  }
}
