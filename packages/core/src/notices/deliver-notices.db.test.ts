import { inTransaction } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { command } from '../command.ts';
import { newId } from '../core.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from '../testing/test-core.ts';
import { deliverNotices } from './deliver-notices.sweep.ts';
import { listNotices } from './list-notices.query.ts';
import { deliverQueued, lockDelivery } from './notice.store.ts';
import { deliverAll, tell } from './testing/tell-people.ts';

const databases: TestDatabase[] = [];
let database: TestDatabase;
let core: TestCore;
let sender: TestUser;
let runner: TestUser;

beforeEach(async () => {
  database = await createTestDatabase();
  databases.push(database);
  core = createTestCore(database.db);
  sender = await makeTestUser(core, 'demo_sender');
  runner = await makeTestUser(core, 'demo_runner');
});
afterAll(() => Promise.all(databases.map(({ drop }) => drop())));

const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Number and event of each notice of a person's, oldest first. */
async function noticesOf({ userId }: TestUser) {
  return database.db
    .selectFrom('notices')
    .select(['number', 'event_id'])
    .where('recipient_id', '=', userId)
    .orderBy('number')
    .execute();
}

/** The events told to a person, in the order of their transactions. */
async function eventIdsFor({ userId }: TestUser): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from events where ${userId} = any (audience)
    order by transaction_id, id`.execute(database.db);
  return rows.map(({ id }) => id);
}

/** How many backends wait for a lock in this database. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql`select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
  return rows.length;
}

async function expectToldInOrder(person: TestUser, count: number): Promise<void> {
  const notices = await noticesOf(person);
  expect(notices.map(({ number }) => Number(number))).toEqual(numbersTo(count));
  expect(notices.map(({ event_id }) => event_id)).toEqual(await eventIdsFor(person));
}

test('twenty commands at once are told without a gap, each event once to each person', async () => {
  const everybody = [sender.userId, runner.userId];
  const commands = numbersTo(20).map((number) => tell(core, number % 2 === 0 ? everybody : [sender.userId]));
  await Promise.all([...commands, deliverAll(core), deliverAll(core)]);
  await deliverAll(core);
  for (const [person, count] of [
    [sender, 20],
    [runner, 10],
  ] as const) {
    const notices = await noticesOf(person);
    expect(notices.map(({ number }) => Number(number))).toEqual(numbersTo(count));
    // Those that committed while others were delivered may come after them, so that the order is not told here.
    const told = notices.map(({ event_id }) => event_id);
    expect(told.toSorted()).toEqual((await eventIdsFor(person)).toSorted());
  }
});

test('an event cannot be written, nor queued, but by the one function that does both', async () => {
  const event = sql`insert into events (id, name, subject_type, subject_id, actor_kind, audience, data, occurred_at)
    values (${newId(core, new Date())}, 'user.phone_verified', 'user', ${sender.userId}, 'clock', '{}', '{}', now())`;
  const place = sql`insert into notice_queue values (pg_current_xact_id(), ${newId(core, new Date())})`;
  for (const insert of [event, place]) {
    await expect(insert.execute(database.db)).rejects.toMatchObject({ code: '42501' });
  }
});

test('after a restore an event waits under the transaction that stands on it', async () => {
  const countFrom = (base: number) =>
    sql`select set_transaction_default('events', ${base}::bigint)`.execute(database.owner);
  await countFrom(2 ** 44);
  await tell(core, [sender.userId]);
  await countFrom(0);
  const { rows } = await sql<{ is_same: boolean; is_counted_on: boolean }>`
    select notice_queue.transaction_id = events.transaction_id as is_same,
      transaction_number(events.transaction_id) > 2::bigint ^ 44 as is_counted_on
    from notice_queue join events on events.id = event_id`.execute(database.owner);
  expect(rows).toEqual([{ is_same: true, is_counted_on: true }]);
  expect(await deliverAll(core)).toBe(1);
});

test('what commits after a later event was delivered is not lost', async () => {
  let commit = () => {};
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let written = () => {};
  const isWritten = new Promise<void>((resolve) => {
    written = resolve;
  });
  const lateId = newId(core, new Date());
  const late = inTransaction(database.owner, async (tx) => {
    await sql`insert into events (id, name, subject_type, subject_id, actor_kind, audience, data, occurred_at)
      values (${lateId}, 'user.phone_verified', 'user', ${sender.userId}, 'clock', ${[sender.userId]}, '{}',
        ${new Date()})`.execute(tx);
    await sql`insert into notice_queue values (pg_current_xact_id(), ${lateId})`.execute(tx);
    written();
    await mayCommit;
  });
  await isWritten;
  await tell(core, [sender.userId]);
  expect(await deliverAll(core)).toBe(1);
  expect((await noticesOf(sender)).map(({ number }) => number)).toEqual([1n]);
  commit();
  await late;
  expect(await deliverAll(core)).toBe(1);
  const notices = await noticesOf(sender);
  expect(notices.map(({ number }) => number)).toEqual([1n, 2n]);
  expect(notices[1]?.event_id).toBe(lateId);
});

describe.each([1, 2, 10])('%i workers', (workers) => {
  test('tell everybody everything once, in the order of the events', async () => {
    for (const number of numbersTo(40)) await tell(core, [sender.userId, runner.userId], `role ${number}`);
    const counts = await Promise.all(numbersTo(workers).map(() => deliverAll(core, 3)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    await expectToldInOrder(sender, 40);
    await expectToldInOrder(runner, 40);
    expect(await deliverAll(core)).toBe(0);
    const waiting = await database.db.selectFrom('notice_queue').select('event_id').execute();
    expect(waiting).toEqual([]);
  });
});

test('a worker that meets another at work waits for it and takes the next, so that no wake-up is spent in vain', async () => {
  for (const number of numbersTo(6)) await tell(core, [sender.userId], `role ${number}`);
  let second: Promise<number> | undefined;
  const first = await inTransaction(database.db, async (tx) => {
    await lockDelivery(tx);
    const taken = await deliverQueued(tx, 3);
    second = deliverNotices(core, 3);
    await expect.poll(() => countWaiting(), { timeout: 5000 }).toBe(1);
    return taken;
  });
  expect([first, await second]).toEqual([3, 3]);
  await expectToldInOrder(sender, 6);
});

test('events of one command are told in the order in which the command told them', async () => {
  const subject = { type: 'user', id: sender.userId };
  const names = ['errand.confirmed', 'escrow.released', 'user.registered', 'session.started'] as const;
  const tellAll = command('test.tellAll', async () => ({
    result: null,
    events: names.map((name) => ({ name, subject, audience: [sender.userId] })),
  }));
  for (let round = 0; round < 10; round += 1) await tellAll(core, sender.call(), {});
  await deliverAll(core);
  const { notices } = await listNotices(core, sender.call(), { unreadOnly: false, limit: 100 });
  const told = notices.map(({ event }) => event).reverse();
  expect(told).toEqual(Array.from({ length: 10 }, () => names).flat());
});

test('a worker that fails in the middle leaves everything for the next', async () => {
  await tell(core, [sender.userId]);
  await sql`alter table notices add constraint demo_fault check (number < 1)`.execute(database.owner);
  await expect(deliverNotices(core, 25)).rejects.toThrow('demo_fault');
  await sql`alter table notices drop constraint demo_fault`.execute(database.owner);
  expect(await deliverAll(core)).toBe(1);
  await expectToldInOrder(sender, 1);
});

test('a person who is named twice, and one who does not exist, keep nobody waiting', async () => {
  await tell(core, [sender.userId, sender.userId, newId(core, new Date())]);
  await tell(core, [runner.userId]);
  expect(await deliverAll(core)).toBe(2);
  await expectToldInOrder(sender, 1);
  await expectToldInOrder(runner, 1);
});

test('the worker is woken by every command that has something to tell', async () => {
  core.woken.length = 0;
  await tell(core, [sender.userId]);
  expect(core.woken).toEqual(['deliver-notices']);
});

test('the application cannot rewrite whom a notice was for', async () => {
  await tell(core, [sender.userId]);
  await deliverAll(core);
  const move = sql`update notices set recipient_id = ${runner.userId}`.execute(database.db);
  await expect(move).rejects.toThrow('permission denied');
  const remove = sql`delete from notices`.execute(database.db);
  await expect(remove).rejects.toThrow('permission denied');
});
