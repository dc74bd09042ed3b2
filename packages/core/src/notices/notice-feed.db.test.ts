import { createDb, createPool } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refused } from '../refusal.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../testing/test-core.ts';
import { markNoticesRead } from './mark-notices-read.command.ts';
import type { Notice } from './notice.store.ts';
import { createNoticeFeed, type NoticeFeed } from './notice-feed.ts';
import { deliverAll, tell } from './testing/tell-people.ts';

let database: TestDatabase;
let core: TestCore;
let feed: NoticeFeed;

beforeAll(async () => {
  database = await createTestDatabase();
  const live = { pollMilliseconds: 20, streamsPerUserMax: 3, streamsMax: 5 };
  core = createTestCore(database.db, { policy: { live } });
  feed = createNoticeFeed(core);
});
afterAll(() => database.drop());

let people = 0;
const makePerson = () => {
  people += 1;
  return makeTestUser(core, `demo_${people}`);
};

async function tellTimes(person: TestUser, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await tell(core, [person.userId]);
  await deliverAll(core);
}

interface Watched {
  numbers: number[];
  /** Becomes true once so many have come. */
  has: (count: number) => Promise<void>;
  stop: () => Promise<void>;
  ended: Promise<string>;
}

function watch(
  person: TestUser,
  input: { lastEventId?: string; streamId?: string } = {},
  on = feed,
): Watched {
  const controller = new AbortController();
  const numbers: number[] = [];
  const stream = on.watch(person.call(), input, controller.signal);
  const ended = (async () => {
    for await (const notice of stream) numbers.push(notice.number);
    return 'ended';
  })().catch((error: unknown) => (error instanceof Refused ? error.refusal.code : String(error)));
  return {
    numbers,
    has: (count) => expect.poll(() => numbers.length, { timeout: 5000 }).toBeGreaterThanOrEqual(count),
    stop: async () => {
      controller.abort();
      await ended;
    },
    ended,
  };
}

/** Watches at least until the first look of the feed. */
async function watchUntilOpen(person: TestUser, input: { streamId?: string } = {}): Promise<Watched> {
  const watched = watch(person, { lastEventId: '0', ...input });
  await watched.has(1);
  return watched;
}

/** Ends every connection of the application's, as a restart of the database does. Answers how many. */
async function cutEveryConnection(): Promise<number> {
  const pool = createPool({
    url: database.superuserUrl,
    connectionsMax: 1,
    applicationName: 'errand-dash-test-cut',
    statementTimeoutSeconds: 5,
    waitSecondsMax: 5,
  });
  const superuser = createDb(pool);
  const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'errand-dash-test'`.execute(superuser);
  await superuser.destroy();
  return rows.length;
}

const numbersFrom = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a stream', () => {
  test('gives what comes, each once and in order', async () => {
    const person = await makePerson();
    const watched = watch(person);
    for (let round = 0; round < 5; round += 1) await tellTimes(person, 3);
    await watched.has(15);
    await watched.stop();
    expect(watched.numbers).toEqual(numbersFrom(1, 15));
  });

  test('begins after the notice that it is told', async () => {
    const person = await makePerson();
    await tellTimes(person, 5);
    const watched = watch(person, { lastEventId: '3' });
    await watched.has(2);
    await tellTimes(person, 1);
    await watched.has(3);
    await watched.stop();
    expect(watched.numbers).toEqual([4, 5, 6]);
  });

  test('begins with the oldest unread notice unless it is told otherwise, so that a cut before the first loses nothing', async () => {
    const person = await makePerson();
    await tellTimes(person, 4);
    await markNoticesRead(core, person.call(), { upToNumber: 2 });
    const unread = watch(person);
    await unread.has(2);
    await unread.stop();
    expect(unread.numbers).toEqual([3, 4]);
    await markNoticesRead(core, person.call(), { upToNumber: 4 });
    const cutEarly = watch(person);
    await cutEarly.stop();
    await tellTimes(person, 1);
    const again = watch(person);
    await again.has(1);
    await again.stop();
    expect([...cutEarly.numbers, ...again.numbers]).toEqual([5]);
  });

  test('that is cut again and again, in two processes in turn, has neither gap nor repetition', async () => {
    const person = await makePerson();
    const processes = [feed, createNoticeFeed(core)];
    const numbers: number[] = [];
    const telling = (async () => {
      for (let round = 0; round < 41; round += 1) await tellTimes(person, 1);
    })();
    for (let round = 0; numbers.length < 41; round += 1) {
      const lastEventId = String(numbers.at(-1) ?? 0);
      const watched = watch(person, { lastEventId }, processes[round % 2]);
      await watched.has(1);
      await watched.stop();
      numbers.push(...watched.numbers);
    }
    await telling;
    expect(numbers).toEqual(numbersFrom(1, 41));
  });

  test('gives a long backlog whole', async () => {
    const person = await makePerson();
    await Promise.all(Array.from({ length: 10 }, () => tellTimes(person, 25)));
    await deliverAll(core);
    const watched = watch(person, { lastEventId: '0' });
    await watched.has(250);
    await watched.stop();
    expect(watched.numbers).toEqual(numbersFrom(1, 250));
  });

  test("holds nothing of another's", async () => {
    const [person, stranger] = [await makePerson(), await makePerson()];
    await tellTimes(stranger, 1);
    const watched = await watchUntilOpen(stranger);
    await tellTimes(person, 5);
    await tellTimes(stranger, 1);
    await watched.has(2);
    await watched.stop();
    expect(watched.numbers).toEqual([1, 2]);
  });

  test('is refused a place that the person has not come to', async () => {
    const person = await makePerson();
    await tellTimes(person, 2);
    expect(await watch(person, { lastEventId: '3' }).ended).toBe('INPUT_INVALID');
  });

  test('goes on after the database was away for a moment', async () => {
    const person = await makePerson();
    await tellTimes(person, 1);
    const watched = await watchUntilOpen(person);
    expect(await cutEveryConnection()).toBeGreaterThan(0);
    await tellTimes(person, 1);
    await watched.has(2);
    await watched.stop();
    expect(watched.numbers).toEqual([1, 2]);
  });
});

describe('a lost right closes the stream', () => {
  const losses = {
    SESSION_ENDED: ({ sessionId }: TestUser) =>
      sql`update sessions set ended_at = created_at, ended_reason = 'test' where id = ${sessionId}`,
    USER_SUSPENDED: ({ userId }: TestUser) =>
      sql`update users set suspended_at = created_at where id = ${userId}`,
  };

  test.each(['SESSION_ENDED', 'USER_SUSPENDED'] as const)('%s', async (code) => {
    const person = await makePerson();
    await tellTimes(person, 1);
    const watched = await watchUntilOpen(person);
    await losses[code](person).execute(database.owner);
    expect(await watched.ended).toBe(code);
    await tellTimes(person, 1);
    expect(watched.numbers).toEqual([1]);
    expect(await watch(person).ended).toBe(code);
  });

  test('SESSION_ENDED, once its time is over', async () => {
    const person = await makePerson();
    await tellTimes(person, 1);
    const inAnHour = new Date(Date.now() + 3_600_000);
    await sql`update sessions set idle_expires_at = ${inAnHour} where id = ${person.sessionId}`.execute(
      database.owner,
    );
    const watched = await watchUntilOpen(person);
    await moveClock(database.owner, 3601);
    expect(await watched.ended).toBe('SESSION_ENDED');
    await moveClock(database.owner, -3601);
  });
});

describe('streams are bounded', () => {
  test('for each person, and one that ends makes room', async () => {
    const person = await makePerson();
    await tellTimes(person, 1);
    const open = [await watchUntilOpen(person), await watchUntilOpen(person), await watchUntilOpen(person)];
    expect(await watch(person).ended).toBe('STREAM_LIMIT_REACHED');
    await open[0]?.stop();
    const next = await watchUntilOpen(person);
    await Promise.all([...open, next].map(({ stop }) => stop()));
  });

  test('for each process', async () => {
    const persons = [await makePerson(), await makePerson(), await makePerson()];
    for (const person of persons) await tellTimes(person, 1);
    const [first, second, third] = persons as [TestUser, TestUser, TestUser];
    const open: Watched[] = [];
    for (const person of [first, first, first, second, second]) open.push(await watchUntilOpen(person));
    expect(await watch(third).ended).toBe('SERVICE_BUSY');
    await Promise.all(open.map(({ stop }) => stop()));
  });

  test('one that comes back under its name takes its own place', async () => {
    const person = await makePerson();
    await tellTimes(person, 1);
    const name = 'demo-stream-0123456789';
    const open = [await watchUntilOpen(person), await watchUntilOpen(person)];
    const former = await watchUntilOpen(person, { streamId: name });
    const again = await watchUntilOpen(person, { streamId: name });
    expect(await former.ended).toBe('ended');
    await tellTimes(person, 1);
    await again.has(2);
    expect(former.numbers).toEqual([1]);
    await Promise.all([...open, again].map(({ stop }) => stop()));
  });

  test("a stream's name is worth nothing to a stranger", async () => {
    const [person, stranger] = [await makePerson(), await makePerson()];
    await tellTimes(person, 1);
    await tellTimes(stranger, 1);
    const name = 'demo-stream-9876543210';
    const own = await watchUntilOpen(person, { streamId: name });
    const other = await watchUntilOpen(stranger, { streamId: name });
    await tellTimes(person, 1);
    await own.has(2);
    await Promise.all([own.stop(), other.stop()]);
  });
});

test('one look serves all who watch, and nobody looks when nobody watches', async () => {
  const persons = [await makePerson(), await makePerson()];
  for (const person of persons) await tellTimes(person, 1);
  let queries = 0;
  const counted = {
    ...core,
    db: core.db.withPlugin({
      transformQuery: ({ node }) => {
        queries += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    }),
    policy: { ...core.policy, live: { ...core.policy.live, pollMilliseconds: 50 } },
  };
  const busy = createNoticeFeed(counted);
  const open = persons.flatMap((person) => [watch(person, {}, busy), watch(person, {}, busy)]);
  await Promise.all(open.map(({ has }) => has(1)));
  const before = queries;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const looked = queries - before;
  expect(looked).toBeGreaterThan(3);
  expect(looked).toBeLessThanOrEqual(3 * 11);
  await Promise.all(open.map(({ stop }) => stop()));
  await new Promise((resolve) => setTimeout(resolve, 120));
  const after = queries;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(queries).toBe(after);
});

test('a notice of the stream is the notice of the list', async () => {
  const person = await makePerson();
  await tellTimes(person, 1);
  const controller = new AbortController();
  const stream = feed.watch(person.call(), {}, controller.signal);
  const first: IteratorResult<Notice, void> = await stream.next();
  expect(first.value).toMatchObject({ number: 1, event: 'user.role_taken', text: 'You are now a sender.' });
  controller.abort();
  expect((await stream.next()).done).toBe(true);
});
