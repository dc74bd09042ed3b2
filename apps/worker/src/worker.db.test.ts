import { checkAllInvariants, receiveWebhook, startTopUp, sweeps } from '@errand-dash/core';
import {
  availableOf,
  createTestCore,
  makeTestUser,
  startTestProvider,
  type TestCore,
  type TestProvider,
  type TestUser,
} from '@errand-dash/core/testing';
import { createWakeReceiver, createWakeSender, migrateJobs } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorker } from './worker.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
const amountMinor = 20_000_00n;
const failures: Error[] = [];
const onError = (error: Error) => failures.push(error);

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateJobs({ ownerUrl: database.ownerUrl, queues: Object.keys(sweeps) });
  provider = await startTestProvider();
  core = createTestCore(database.db, { payments: provider.payments });
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

let people = 0;
async function pay(arrivals: number): Promise<TestUser> {
  people += 1;
  const user = await makeTestUser(core, `demo_payer_${people}`);
  const topUp = await startTopUp(core, user.call(), {
    amountMinor,
    currency: 'NGN',
    email: 'ada@example.test',
  });
  if (arrivals > 1) await provider.plan({ kind: 'webhook_duplicate', arrivals, reference: topUp.reference });
  await provider.act(topUp.checkoutUrl, 'pay');
  return user;
}

function workers(count: number, pollSeconds: number) {
  return Array.from({ length: count }, () => {
    const wakeUps = createWakeReceiver({ url: database.applicationUrl, onError });
    return createWorker({ core: { ...core, wake: wakeUps.wake }, wakeUps, pollSeconds });
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const endsAt = Date.now() + 20_000; !(await isSo()); ) {
    if (Date.now() > endsAt) throw new Error('it did not happen within twenty seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a webhook wakes the worker, which credits long before it would have looked by itself', async () => {
  const sender = createWakeSender({ url: database.applicationUrl, onError });
  await sender.start();
  provider.deliverTo({ ...core, wake: sender.wake } as TestCore);
  const [worker] = workers(1, 60);
  await worker?.start();
  const user = await pay(1);
  await provider.deliver();
  await until(async () => (await availableOf(database.db, user.userId)) === amountMinor);
  await worker?.stop();
  await sender.stop();
  expect(failures.map(String)).toEqual([]);
});

const isInboxEmpty = async (): Promise<boolean> => {
  const waiting = database.db.selectFrom('webhook_deliveries').select('id').where('state', '=', 'waiting');
  return (await waiting.execute()).length === 0;
};

test.each([2, 10])('%i workers at once give the result of one', async (count) => {
  provider.deliverTo(core);
  const users = [];
  for (let person = 0; person < 6; person += 1) users.push(await pay(5));
  await provider.deliver();
  const running = workers(count, 0.2);
  await Promise.all(running.map((worker) => worker.start()));
  await until(isInboxEmpty);
  await Promise.all(running.map((worker) => worker.stop()));
  for (const user of users) expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  const deliveries = await database.db.selectFrom('webhook_deliveries').select('attempts').execute();
  expect(deliveries.every(({ attempts }) => attempts === 1)).toBe(true);
  expect(failures).toEqual([]);
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

test('a webhook whose wake-up was lost is found', async () => {
  provider.deliverTo(core);
  const user = await pay(1);
  await provider.deliver();
  const [body] = provider.bodies;
  expect(body && (await receiveWebhook(core, body)).outcome).toBe('stored');
  const [worker] = workers(1, 0.2);
  await worker?.start();
  await until(isInboxEmpty);
  await worker?.stop();
  expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
});

test('once through works everything and tells how much', async () => {
  provider.deliverTo(core);
  const user = await pay(3);
  await provider.deliver();
  const [worker] = workers(1, 60);
  const counts = await worker?.runOnce();
  expect(Object.keys(counts ?? {})).toEqual(Object.keys(sweeps));
  expect(counts?.['work-webhooks']).toBe(3);
  expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  expect(Object.values((await worker?.runOnce()) ?? {}).every((count) => count === 0)).toBe(true);
});
