import { afterAll, beforeAll, expect, test } from 'vitest';
import { lagosDayOf } from '../../../lagos-day.rules.ts';
import { closeDrifts } from '../drifts/close-drifts.sweep.ts';
import { settleBookRows } from '../settling/settle-book-rows.sweep.ts';
import { type BooksWorld, onServer, startBooksWorld } from '../testing/books-world.ts';
import { getReconciliationReport } from './get-reconciliation-report.query.ts';
import { listOpenDrifts } from './list-open-drifts.query.ts';
import { presentReport } from './report-json.rules.ts';
import { writeReport } from './report-text.rules.ts';

let world: BooksWorld;
beforeAll(async () => {
  world = await startBooksWorld();
});
afterAll(() => world.close());

const report = (day?: string) => getReconciliationReport(world.core, onServer, { day });

test('before anything was read says so', async () => {
  const text = writeReport(await report());
  expect(text).toContain('Nothing was read on this day.');
  expect(presentReport(await report())).toMatchObject({ isComplete: false, runs: [], drifts: [] });
});

test('names what was not read', async () => {
  await world.provider.plan({ kind: 'server_error', endpoint: 'GET /transaction' });
  await world.reconcile();
  const text = writeReport(await report());
  expect(text).toContain('NOT FINISHED');
  expect(text).toContain('NOT READ: the provider’s payments: server_error, asked 1 time');
  expect(text).toContain('NOT READ: the provider’s transfers\n');
  expect(text).toContain('NOT COMPARED: each payment and transfer on all three sides');
  expect(presentReport(await report())).toMatchObject({
    isComplete: false,
    notRead: ['transactions', 'transfers', 'book_again'],
  });
});

test('has each drift with its cause, amount, objects and repair, as text and as JSON', async () => {
  const topUp = await world.payTopUp({ kind: 'webhook_drop' });
  await world.provider.fundBalance(5_000_00n);
  await world.reconcile();
  await closeDrifts(world.core, 10);
  await settleBookRows(world.core, 10);
  await world.reconcile();
  const made = await report();
  const text = writeReport(made);
  expect(text).toContain('Drifts: 2 (1 open)');
  expect(text).toMatch(/ {2}webhook_missed {2}₦20,000\.00\n {4}found 20.*, closed 20.* by topup\.settle\n/);
  expect(text).toContain(`topUpId topup_${topUp.id}`);
  expect(text).toContain('repair: an operator decides; there is no command for it yet');
  expect(text).toMatch(/our float +₦19,600\.00\n/);
  expect(text).toMatch(/rows that our float has not followed +₦5,000\.00\n/);
  expect(text).toMatch(/unexplained +₦0\.00\n/);
  const json = presentReport(made);
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json).toMatchObject({
    timeZone: 'Africa/Lagos',
    isComplete: true,
    notRead: [],
    floats: [
      {
        currency: 'NGN',
        providerBalanceMinor: 24_600_00,
        floatMinor: 19_600_00,
        unfollowedMinor: 5_000_00,
        transfersMinor: 0,
        restMinor: 0,
      },
    ],
    drifts: [
      { kind: 'webhook_missed', state: 'closed', amountMinor: 20_000_00, closedBy: 'topup.settle' },
      { kind: 'provider_object_unknown', state: 'open', proposedRepair: { by: 'operator', command: null } },
    ],
  });
});

test('is of its day: what was closed before is gone, what is open stays', async () => {
  const { day: today } = await report();
  await world.pass(86_400);
  await world.reconcile();
  const tomorrow = await report();
  expect(tomorrow.day > today).toBe(true);
  expect(tomorrow.drifts.map(({ kind }) => kind)).toEqual(['provider_object_unknown']);
  expect((await report(today)).drifts).toHaveLength(2);
  const before = await report('2020-01-31');
  expect(before).toMatchObject({ runs: [], drifts: [] });
  expect(before.from.toISOString()).toBe('2020-01-30T23:00:00.000Z');
  expect(lagosDayOf(before.from).day).toBe('2020-01-31');
  expect(lagosDayOf(new Date(before.from.getTime() - 1)).day).toBe('2020-01-30');
});

test('changes nothing, and the open drifts are listed for the operations port', async () => {
  const before = await world.drifts();
  await report();
  expect(await world.drifts()).toEqual(before);
  expect(await listOpenDrifts(world.core, onServer, { limit: 10 })).toMatchObject([
    { kind: 'provider_object_unknown' },
  ]);
});
