import { sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { migrateJobs } from './migrate-jobs.ts';
import { applicationRole, createWakeReceiver, createWakeSender } from './wake-ups.ts';

let database: TestDatabase;
const errors: Error[] = [];
const onError = (error: Error) => errors.push(error);

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateJobs({ ownerUrl: database.ownerUrl, queues: ['demo-one', 'demo-two'] });
});
afterAll(() => database.drop());

async function until(isSo: () => boolean): Promise<void> {
  for (const endsAt = Date.now() + 10_000; !isSo(); ) {
    if (Date.now() > endsAt) throw new Error('it did not happen within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('migrating the jobs again, several at once and with a new queue, changes nothing else', async () => {
  const queues = ['demo-one', 'demo-two', 'demo-three'];
  await Promise.all([1, 2, 3].map(() => migrateJobs({ ownerUrl: database.ownerUrl, queues })));
  const sender = createWakeSender({ url: database.applicationUrl, onError });
  await sender.start();
  sender.wake('demo-three');
  await sender.stop();
  expect(errors).toEqual([]);
});

test('a wake-up reaches the one who works the queue, and nobody else', async () => {
  const sender = createWakeSender({ url: database.applicationUrl, onError });
  const receiver = createWakeReceiver({ url: database.applicationUrl, onError });
  const woken: string[] = [];
  await Promise.all([sender.start(), receiver.start()]);
  for (const queue of ['demo-one', 'demo-two']) {
    await receiver.onWake(queue, async () => void woken.push(queue));
  }
  sender.wake('demo-one');
  await until(() => woken.length > 0);
  await Promise.all([sender.stop(), receiver.stop()]);
  expect(woken).toEqual(['demo-one']);
  expect(errors).toEqual([]);
});

test('a thousand wake-ups before anybody looks are few calls, and the last of them is heard', async () => {
  const sender = createWakeSender({ url: database.applicationUrl, onError });
  await sender.start();
  for (let round = 0; round < 10; round += 1) {
    for (let count = 0; count < 100; count += 1) sender.wake('demo-one');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await sender.stop();
  const receiver = createWakeReceiver({ url: database.applicationUrl, onError });
  let calls = 0;
  await receiver.start();
  await receiver.onWake('demo-one', async () => {
    calls += 1;
  });
  await until(() => calls > 0);
  await receiver.stop();
  expect(calls).toBe(1);
  expect(errors).toEqual([]);
});

test('waking a queue that is not there is told, and throws nothing', async () => {
  const told: Error[] = [];
  const sender = createWakeSender({ url: database.applicationUrl, onError: (error) => told.push(error) });
  await sender.start();
  sender.wake('demo-nowhere');
  await sender.stop();
  expect(told).toHaveLength(1);
});

test('the application may neither make nor drop tables of the jobs', async () => {
  for (const statement of ['create table jobs.demo (id int)', 'drop table jobs.job', 'truncate jobs.queue']) {
    await expect(sql.raw(statement).execute(database.db)).rejects.toMatchObject({ code: '42501' });
  }
});

test('the upkeep of the jobs needs no more than the application may', async () => {
  const boss = new PgBoss({ connectionString: database.applicationUrl, schema: 'jobs', ...applicationRole });
  boss.on('error', onError);
  await boss.start();
  await boss.supervise();
  await boss.stop({ graceful: false });
  expect(errors).toEqual([]);
});

test('what a handler wakes while its receiver stops is not sent, and nothing fails', async () => {
  const receiver = createWakeReceiver({ url: database.applicationUrl, onError });
  await receiver.start();
  let stopping: Promise<void> | null = null;
  await receiver.onWake('demo-one', async () => {
    stopping = receiver.stop();
    receiver.wake('demo-two');
  });
  receiver.wake('demo-one');
  await until(() => stopping !== null);
  await stopping;
  receiver.wake('demo-two');
  // Longer than wake-ups are gathered.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { rows } = await sql`select from jobs.job where name = 'demo-two' and state = 'created'`.execute(
    database.db,
  );
  expect(rows).toEqual([]);
  expect(errors).toEqual([]);
});
