import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../../testing/test-core.ts';
import { pruneSessions, refreshSession, signOut, type Tokens } from '../index.ts';
import { anonymousCall, deviceId, makeAuthenticator, register } from '../testing/passkey-person.ts';

let database: TestDatabase;
let core: TestCore;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const refresh = (refreshToken: string) =>
  refreshSession(core, anonymousCall, { refreshToken, deviceId, networkAddress: '' });

/** A session whose token was changed so many times, with all its tokens in order. */
async function makeSession(rotations: number) {
  people += 1;
  const { tokens, user } = await register(core, makeAuthenticator(core), `person_${people}`);
  const all: Tokens[] = [tokens];
  while (all.length <= rotations) all.push(await refresh(all.at(-1)?.refreshToken ?? ''));
  const { sessionId } = tokens;
  const caller = { kind: 'user', userId: user.userId, sessionId } as const;
  return { sessionId, tokens: all, end: () => signOut(core, { ...anonymousCall, caller }, {}) };
}

const countOf = async ({ sessionId }: { sessionId: string }): Promise<number> =>
  (await core.db.selectFrom('refresh_tokens').where('session_id', '=', sessionId).select('number').execute())
    .length;

async function pruneAll(limit = 100): Promise<number[]> {
  const counts: number[] = [];
  do counts.push(await pruneSessions(core, limit));
  while (counts.at(-1) !== 0);
  return counts;
}

test('tokens of sessions that are over go, so many at once; a live one keeps every one that it spent', async () => {
  const [ended, live] = [await makeSession(7), await makeSession(7)];
  expect(await pruneAll()).toEqual([0]);
  await ended.end();
  // Three, three, two and the mark that the session has none left.
  expect(await pruneAll(3)).toEqual([3, 3, 3, 0]);
  expect([await countOf(ended), await countOf(live)]).toEqual([0, 8]);
  const first = live.tokens[0]?.refreshToken ?? '';
  const last = live.tokens[7]?.refreshToken ?? '';
  expect(await refusalOf(refresh(first))).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
  expect(await refusalOf(refresh(last))).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
  await pruneAll();
  expect(await countOf(live)).toBe(0);
});

test('a token is refused alike before it was forgotten and after', async () => {
  const session = await makeSession(2);
  await session.end();
  const answers = async () => {
    const refusals: unknown[] = [];
    for (const { refreshToken } of session.tokens) refusals.push(await refusalOf(refresh(refreshToken)));
    return refusals;
  };
  const before = await answers();
  await pruneAll();
  expect(await countOf(session)).toBe(0);
  expect(await answers()).toEqual(before);
});

test('a session that nobody ended is over when its time is', async () => {
  const [idle, used] = [await makeSession(1), await makeSession(0)];
  await moveClock(database.owner, 4 * 86_400);
  const { refreshToken } = await refresh(used.tokens[0]?.refreshToken ?? '');
  await moveClock(database.owner, 3 * 86_400 + 60);
  await pruneAll();
  expect([await countOf(idle), await countOf(used)]).toEqual([0, 2]);
  await refresh(refreshToken);
});

test('a session without tokens is looked at once', async () => {
  await makeTestUser(core, 'demo_without');
  await moveClock(database.owner, 366 * 86_400);
  await pruneAll();
  expect(await pruneSessions(core, 100)).toBe(0);
});

test('several workers at once forget each token once, beside refreshes of live sessions', async () => {
  const ended = await Promise.all(Array.from({ length: 6 }, () => makeSession(3)));
  const live = await makeSession(0);
  for (const session of ended) await session.end();
  const work = Array.from({ length: 8 }, () => pruneSessions(core, 10));
  const refreshes = Array.from({ length: 8 }, () => refresh(live.tokens[0]?.refreshToken ?? ''));
  const [counts, codes] = await Promise.all([Promise.all(work), codesOf(refreshes)]);
  expect(new Set(codes)).toEqual(new Set([null]));
  const rest = await pruneAll();
  const sum = [...counts, ...rest].reduce((total, count) => total + count, 0);
  expect(sum).toBe(6 * (4 + 1));
  expect(await countOf(live)).toBe(2);
});
