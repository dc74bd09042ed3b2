import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refused } from '../refusal.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from '../testing/test-core.ts';
import { countUnread } from './count-unread.query.ts';
import { listNotices } from './list-notices.query.ts';
import { markNoticesRead } from './mark-notices-read.command.ts';
import { deliverAll, tell } from './testing/tell-people.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

let people = 0;
/** A person who has been told so much. */
async function makeTold(count: number): Promise<TestUser> {
  people += 1;
  const person = await makeTestUser(core, `demo_${people}`);
  for (let index = 0; index < count; index += 1) await tell(core, [person.userId]);
  await deliverAll(core);
  return person;
}

const everything = { unreadOnly: false, limit: 100 };
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no refusal',
    (error: unknown) => (error instanceof Refused ? error.refusal.code : String(error)),
  );
const unreadNumbers = async (person: TestUser) => {
  const { notices } = await listNotices(core, person.call(), { unreadOnly: true, limit: 100 });
  return notices.map(({ number }) => number);
};

test('the list is newest first and its pages neither skip nor repeat, also while more is told', async () => {
  const person = await makeTold(7);
  const first = await listNotices(core, person.call(), { unreadOnly: false, limit: 3 });
  expect(first.notices.map(({ number }) => number)).toEqual([7, 6, 5]);
  await tell(core, [person.userId]);
  await deliverAll(core);
  const numbers: number[] = [];
  let cursor = first.nextCursor;
  while (cursor !== null) {
    const page = await listNotices(core, person.call(), { unreadOnly: false, limit: 3, cursor });
    numbers.push(...page.notices.map(({ number }) => number));
    cursor = page.nextCursor;
  }
  expect(numbers).toEqual([4, 3, 2, 1]);
});

test('a notice says what happened, to what, when, and in words', async () => {
  const person = await makeTold(1);
  const { notices } = await listNotices(core, person.call(), everything);
  expect(notices).toEqual([
    {
      number: 1,
      event: 'user.role_taken',
      subject: { type: 'user', id: person.userId },
      text: 'You are now a sender.',
      occurredAt: expect.any(Date),
      readAt: null,
    },
  ]);
});

test('one is marked read, then all up to a number, and what is newer stays unread', async () => {
  const person = await makeTold(6);
  expect(await countUnread(core, person.call(), {})).toEqual({ count: 6 });
  expect(await markNoticesRead(core, person.call(), { number: 4 })).toEqual({ count: 5 });
  expect(await unreadNumbers(person)).toEqual([6, 5, 3, 2, 1]);
  expect(await markNoticesRead(core, person.call(), { upToNumber: 3 })).toEqual({ count: 2 });
  expect(await unreadNumbers(person)).toEqual([6, 5]);
});

test('marking again changes nothing, under the same key and under another', async () => {
  const person = await makeTold(2);
  const call = person.call();
  const first = await markNoticesRead(core, call, { number: 1 });
  const before = await listNotices(core, person.call(), everything);
  expect(await markNoticesRead(core, call, { number: 1 })).toEqual(first);
  expect(await markNoticesRead(core, person.call(), { number: 1 })).toEqual({ count: 1 });
  expect(await listNotices(core, person.call(), everything)).toEqual(before);
  expect(await codeOf(markNoticesRead(core, call, { number: 2 }))).toBe('IDEMPOTENCY_KEY_REUSED');
});

test('what is not there yet cannot be marked', async () => {
  const person = await makeTold(2);
  expect(await codeOf(markNoticesRead(core, person.call(), { number: 3 }))).toBe('OBJECT_NOT_FOUND');
  expect(await codeOf(markNoticesRead(core, person.call(), { upToNumber: 3 }))).toBe('OBJECT_NOT_FOUND');
});

test('twenty who mark at once leave each notice read once', async () => {
  const person = await makeTold(5);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      markNoticesRead(core, person.call(), index % 2 === 0 ? { upToNumber: 5 } : { number: 3 }),
    ),
  );
  expect(await countUnread(core, person.call(), {})).toEqual({ count: 0 });
});

test("a stranger sees and marks nothing of another's", async () => {
  const person = await makeTold(3);
  const stranger = await makeTold(0);
  expect(await listNotices(core, stranger.call(), everything)).toEqual({ notices: [], nextCursor: null });
  expect(await countUnread(core, stranger.call(), {})).toEqual({ count: 0 });
  expect(await codeOf(markNoticesRead(core, stranger.call(), { upToNumber: 3 }))).toBe('OBJECT_NOT_FOUND');
  expect(await unreadNumbers(person)).toEqual([3, 2, 1]);
});

test('nobody is told anything without a session, and a cursor of another list is refused', async () => {
  const person = await makeTold(1);
  const anonymous = { ...person.call(), caller: { kind: 'anonymous' } as const };
  expect(await codeOf(listNotices(core, anonymous, everything))).toBe('SESSION_MISSING');
  expect(await codeOf(countUnread(core, anonymous, {}))).toBe('SESSION_MISSING');
  expect(await codeOf(markNoticesRead(core, anonymous, { number: 1 }))).toBe('SESSION_MISSING');
  const foreign = { ...everything, cursor: Buffer.from('["x"]').toString('base64url') };
  expect(await codeOf(listNotices(core, person.call(), foreign))).toBe('INPUT_INVALID');
});
