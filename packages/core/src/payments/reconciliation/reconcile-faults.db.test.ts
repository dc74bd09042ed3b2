import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { refusalOf } from '../../testing/refusal-of.ts';
import { clockCall, makeTestUser } from '../../testing/test-core.ts';
import { closeDrifts } from './drifts/close-drifts.sweep.ts';
import { readPage } from './reading/read-page.ts';
import { savePage } from './reading/save-page.command.ts';
import { getReconciliationReport } from './reporting/get-reconciliation-report.query.ts';
import { claimRun } from './runs/claim-run.command.ts';
import { requestReconciliation } from './runs/request-reconciliation.command.ts';
import type { ClaimedRun } from './runs/run.store.ts';
import { settleBookRows } from './settling/settle-book-rows.sweep.ts';
import {
  amountMinor,
  type BooksWorld,
  onServer,
  reconcileOnce,
  startBooksWorld,
} from './testing/books-world.ts';

let world: BooksWorld;
beforeEach(async () => {
  world = await startBooksWorld();
});
afterEach(async () => {
  const violations = await checkAllInvariants(world.database.db);
  await world.close();
  expect(violations).toEqual([]);
});

const call = clockCall('reconciliation.run');
const runs = () => world.database.db.selectFrom('reconciliation_runs').selectAll().orderBy('id').execute();
const isFinished = async () => (await runs()).some(({ finished_at }) => finished_at !== null);
const report = () => getReconciliationReport(world.core, onServer, {});
const steps = async () => (await report()).runs.at(-1)?.steps ?? [];
async function claim(): Promise<ClaimedRun> {
  const run = await claimRun(world.core, call, {});
  if (run === null) throw new Error('the run was not taken');
  return run;
}
const sets = () =>
  world.database.db.selectFrom('transfer_sets').select('id').where('kind', '=', 'top_up.settle').execute();

describe('reconcilers at once', () => {
  test.each([2, 10])('%i do what one does', async (count) => {
    await world.payTopUp();
    await world.payTopUp();
    await world.payTopUp({ kind: 'webhook_drop' });
    await world.provider.fundBalance(5_000_00n);
    await world.live();
    const work = async () => {
      while (!(await isFinished())) if ((await reconcileOnce(world.core, 2)) === 0) await sleep(5);
      await closeDrifts(world.core, 10);
      await settleBookRows(world.core, 10);
    };
    await Promise.all(Array.from({ length: count }, work));
    await settleBookRows(world.core, 10);
    expect((await world.drifts()).map(({ kind, state }) => [kind, state]).toSorted()).toEqual([
      ['provider_object_unknown', 'open'],
      ['webhook_missed', 'closed'],
    ]);
    expect(await sets()).toHaveLength(3);
    expect((await runs()).map(({ finished_at }) => finished_at !== null)).toEqual([true, false]);
  });

  test('post each row of the provider’s ledger once', async () => {
    for (let payment = 0; payment < 5; payment += 1) await world.payTopUp();
    await world.live();
    while ((await reconcileOnce(world.core, 25)) > 0);
    const worked = await Promise.all(Array.from({ length: 10 }, () => settleBookRows(world.core, 10)));
    expect(worked.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(await sets()).toHaveLength(5);
  });

  test('leave a run to who took it last: the one who was stuck writes nothing more', async () => {
    await world.payTopUp();
    const stuck = await claim();
    const answer = await readPage(world.core, 'book', stuck, null);
    expect(await claimRun(world.core, call, {})).toBeNull();
    await world.pass(91);
    const second = await claim();
    expect(second).toMatchObject({ runId: stuck.runId, attempts: 2, startedAt: stuck.startedAt });
    if (answer.outcome !== 'read') throw new Error('the provider did not answer');
    const { page } = answer;
    expect(await savePage(world.core, call, { run: stuck, step: 'book', page })).toBe(false);
    expect(await savePage(world.core, call, { run: second, step: 'transfers', page })).toBe(false);
    expect((await steps()).map(({ pages }) => pages)).toEqual(Array(9).fill(0));
    expect(await savePage(world.core, call, { run: second, step: 'book', page })).toBe(true);
  });
});

describe('a run', () => {
  test('comes again by itself, and at once when it is asked for', async () => {
    await world.reconcile();
    expect(await reconcileOnce(world.core, 25)).toBe(0);
    await world.pass(15 * 60 - 10);
    expect(await reconcileOnce(world.core, 25)).toBe(0);
    await world.pass(11);
    expect(await reconcileOnce(world.core, 25)).toBeGreaterThan(0);
    expect(await reconcileOnce(world.core, 25)).toBe(0);
    await requestReconciliation(world.core, call, {});
    expect(world.core.woken).toContain('reconcile');
    expect(await reconcileOnce(world.core, 25)).toBeGreaterThan(0);
    expect(await runs()).toHaveLength(4);
  });

  test('reads pages beyond the first, and goes on at its page after it was left', async () => {
    const topUp = await world.payTopUp({ kind: 'webhook_drop' });
    for (let extra = 0; extra < 120; extra += 1) await world.provider.fundBalance(100n + BigInt(extra));
    expect(await reconcileOnce(world.core, 1)).toBe(1);
    expect((await steps())[0]).toMatchObject({ step: 'book', pages: 1, cursor: '2', doneAt: null });
    while ((await reconcileOnce(world.core, 1)) > 0);
    expect((await steps()).slice(0, 2)).toMatchObject([
      { step: 'book', pages: 2, rows: 121 },
      { step: 'transactions', pages: 2, rows: 121 },
    ]);
    const drifts = await world.openDrifts();
    expect(drifts).toHaveLength(121);
    expect(drifts.filter(({ kind }) => kind === 'webhook_missed')).toMatchObject([
      { objects: { topUpId: topUp.id } },
    ]);
  });

  test('takes nothing for a drift that happens while it reads', async () => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    const early = await world.sendWithdrawal('pending');
    await world.live();
    const seen: string[] = [];
    const busy = world.lying(async (path) => {
      if (seen.includes(path)) return;
      seen.push(path);
      // Between two answers money comes in and goes out, and what was under way ends.
      await world.payTopUp();
      await world.live();
      if (path === '/transaction') await world.sendWithdrawal('success');
      if (path === '/transfer') await world.provider.moveTransfer(early.reference, 'failed');
      await world.live();
    });
    await world.reconcile(busy);
    expect(seen).toEqual(['/balance/ledger', '/transaction', '/transfer']);
    await world.reconcile();
    expect(await world.drifts()).toEqual([]);
  });

  test('reads from where the last one began when nothing was read for days', async () => {
    await world.reconcile();
    await world.provider.fundBalance(5_000_00n);
    await world.pass(10 * 86_400);
    await world.reconcile();
    expect(await world.openDrifts()).toMatchObject([{ kind: 'provider_object_unknown' }]);
    const [first, second] = await runs();
    expect(second?.reads_from?.getTime()).toBe((first?.started_at?.getTime() ?? 0) - 3_600_000);
  });

  test('is asked for and read by machines alone', async () => {
    const user = await makeTestUser(world.core, 'demo_stranger');
    for (const call of [user.call(), { ...user.call(), caller: { kind: 'anonymous' as const } }]) {
      expect((await refusalOf(requestReconciliation(world.core, call, {}))).code).toBe('ROLE_MISSING');
    }
    await requestReconciliation(world.core, onServer, {});
    expect((await refusalOf(getReconciliationReport(world.core, user.call(), {}))).code).toBe('ROLE_MISSING');
    expect((await refusalOf(getReconciliationReport(world.core, onServer, { day: '2026-02-30' }))).code).toBe(
      'INPUT_INVALID',
    );
  });
});

describe('a provider that does not answer', () => {
  const endpoints = ['GET /balance/ledger', 'GET /transaction', 'GET /transfer'];
  test.each([
    ...endpoints.map((endpoint) => ({ kind: 'server_error', endpoint, problem: 'server_error' }) as const),
    { kind: 'html_body', endpoint: 'GET /transaction', problem: 'server_error' } as const,
    { kind: 'wrong_types', endpoint: 'GET /balance/ledger', problem: 'body_malformed' } as const,
    { kind: 'request_lost', endpoint: 'GET /transfer', problem: 'connection_failed' } as const,
    {
      kind: 'limited',
      endpoint: 'GET /transaction',
      retryAfterSeconds: 600,
      problem: 'asked too often',
    } as const,
  ])('($kind of $endpoint) is named; nothing is judged until it has', async ({ problem, ...fault }) => {
    await world.payTopUp({ kind: 'webhook_drop' });
    await world.provider.plan({ ...fault });
    await world.reconcile();
    const told = await report();
    expect(told.runs).toMatchObject([{ finishedAt: null }]);
    const [unread] = told.runs[0]?.steps.filter(({ doneAt }) => doneAt === null) ?? [];
    expect(unread).toMatchObject({ problem, failures: 1, rows: 0 });
    expect(await world.drifts()).toEqual([]);
    expect(await reconcileOnce(world.core, 25)).toBe(0);
    const isLimited = fault.kind === 'limited';
    await world.pass(61);
    expect((await reconcileOnce(world.core, 25)) > 0).toBe(!isLimited);
    if (isLimited) {
      await world.pass(600);
      while ((await reconcileOnce(world.core, 25)) > 0);
    }
    expect(await world.openDrifts()).toMatchObject([{ kind: 'webhook_missed', money: { amountMinor } }]);
    expect(await runs()).toHaveLength(2);
  });

  test('in the middle of a list goes on where it stopped, after longer and longer pauses', async () => {
    for (let extra = 0; extra < 101; extra += 1) await world.provider.fundBalance(100n);
    await reconcileOnce(world.core, 1);
    await world.provider.plan({ kind: 'empty_body', endpoint: 'GET /balance/ledger', times: 3 });
    for (const seconds of [0, 61, 301]) {
      await world.pass(seconds);
      expect(await reconcileOnce(world.core, 25)).toBe(0);
      await world.pass(seconds === 0 ? 0 : 50);
    }
    expect((await steps())[0]).toMatchObject({
      step: 'book',
      cursor: '2',
      pages: 1,
      rows: 100,
      failures: 3,
      problem: 'body_empty',
    });
    expect(await world.drifts()).toEqual([]);
    await world.pass(901);
    while ((await reconcileOnce(world.core, 25)) > 0);
    expect((await steps())[0]).toMatchObject({ step: 'book', pages: 2, rows: 101, problem: null });
    expect(await world.openDrifts()).toHaveLength(101);
  });
});
