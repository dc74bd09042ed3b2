import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../../claim.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { getMe } from '../../users/index.ts';
import { refreshSession, signOut, verifyAccessToken } from '../index.ts';
import { anonymousCall, deviceId, makeAuthenticator, register } from '../testing/passkey-person.ts';
import type { Tokens } from './start-session.ts';

let database: TestDatabase;
let core: TestCore;
let handles = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const invalid = { isRefusal: true, code: 'REFRESH_TOKEN_INVALID', details: {} };

async function newPerson() {
  handles += 1;
  return register(core, makeAuthenticator(core), `person_${handles}`);
}

const refresh = (refreshToken: string, device = deviceId): Promise<Tokens> =>
  refreshSession(core, anonymousCall, { refreshToken, deviceId: device, networkAddress: '203.0.113.8' });

const callOf = (userId: string, sessionId: string): Call => ({
  caller: { kind: 'user', userId, sessionId },
  idempotencyKey: null,
  requestId: 'test',
});

const endedEvents = async (sessionId: string) =>
  core.db
    .selectFrom('events')
    .where('subject_id', '=', sessionId)
    .where('name', '=', 'session.ended')
    .select(['audience', 'data'])
    .execute();

test('each use gives the next token of the same session and a fresh access token', async () => {
  const { tokens, user } = await newPerson();
  const seen = new Set([tokens.refreshToken]);
  let current = tokens;
  for (let use = 1; use <= 5; use += 1) {
    const next = await refresh(current.refreshToken);
    expect(next.sessionId).toBe(tokens.sessionId);
    expect(next.accessToken).not.toBe(current.accessToken);
    seen.add(next.refreshToken);
    current = next;
  }
  expect(seen.size).toBe(6);
  const now = new Date(current.accessTokenExpiresAt.getTime() - 1000);
  expect(await verifyAccessToken(current.accessToken, { ...core.auth, now })).toMatchObject({
    userId: user.userId,
  });
});

test('no token stands in the database, only hashes, of which one is live', async () => {
  const { tokens } = await newPerson();
  const next = await refresh(tokens.refreshToken);
  const rows = await core.db
    .selectFrom('refresh_tokens')
    .where('session_id', '=', tokens.sessionId)
    .orderBy('number')
    .select(['number', 'spent_at', 'token_hash'])
    .execute();
  expect(rows.map(({ number, spent_at }) => [number, spent_at !== null])).toEqual([
    [1, true],
    [2, false],
  ]);
  const { rows: dump } = await sql<{ text: string }>`
    select r::text || s::text as text from refresh_tokens r join sessions s on s.id = r.session_id`.execute(
    core.db,
  );
  const all = dump.map(({ text }) => text).join('\n');
  for (const { refreshToken } of [tokens, next]) {
    expect(all).not.toContain(refreshToken);
    expect(all).not.toContain(Buffer.from(refreshToken, 'base64url').toString('hex'));
  }
});

test('a lost answer is given again to the same device within ten seconds, the same successor', async () => {
  const { tokens } = await newPerson();
  const first = await refresh(tokens.refreshToken);
  await moveClock(database.owner, 9);
  const again = await refresh(tokens.refreshToken);
  expect(again.refreshToken).toBe(first.refreshToken);
  const next = await refresh(again.refreshToken);
  expect(next.refreshToken).not.toBe(again.refreshToken);
});

test('fifty tabs that refresh at once get the same successor', async () => {
  const { tokens } = await newPerson();
  const all = await Promise.all(Array.from({ length: 50 }, () => refresh(tokens.refreshToken)));
  expect(new Set(all.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  await refresh(all[0]?.refreshToken ?? '');
});

test.each<[string, (spent: string, successor: string) => Promise<unknown>]>([
  ['from another device', (spent) => refresh(spent, 'other-device-9876543210')],
  [
    'after ten seconds',
    async (spent) => {
      await moveClock(database.owner, 10.5);
      return refresh(spent);
    },
  ],
  [
    'after its successor was used',
    async (spent, successor) => {
      await refresh(successor);
      return refresh(spent);
    },
  ],
])('a spent token replayed %s ends the session, and its person is told', async (_, replay) => {
  const { tokens, user } = await newPerson();
  const next = await refresh(tokens.refreshToken);
  expect(await refusalOf(replay(tokens.refreshToken, next.refreshToken))).toEqual(invalid);
  expect(await endedEvents(tokens.sessionId)).toEqual([
    { audience: [user.userId], data: { reason: 'refresh_token_reused' } },
  ]);
  expect(await refusalOf(refresh(next.refreshToken))).toEqual(invalid);
  expect(await refusalOf(getMe(core, callOf(user.userId, tokens.sessionId), {}))).toMatchObject({
    code: 'SESSION_ENDED',
  });
});

test('a session that a replay ended is told of once, however many replays come at once', async () => {
  const { tokens } = await newPerson();
  await refresh(tokens.refreshToken);
  await moveClock(database.owner, 11);
  const codes = await codesOf(Array.from({ length: 50 }, () => refresh(tokens.refreshToken)));
  expect(new Set(codes)).toEqual(new Set(['REFRESH_TOKEN_INVALID']));
  expect(await endedEvents(tokens.sessionId)).toHaveLength(1);
});

test('of fifty thieves and the owner at once no thief gets a token, and one who came late ends the session', async () => {
  const { tokens } = await newPerson();
  const calls = Array.from({ length: 51 }, (_, index) =>
    refresh(tokens.refreshToken, index === 25 ? deviceId : `thief-device-${index}-0123456789`),
  );
  const given = await Promise.allSettled(calls);
  const successors = given.flatMap((each) => (each.status === 'fulfilled' ? [each.value.refreshToken] : []));
  expect(given.filter((each, index) => each.status === 'fulfilled' && index !== 25)).toEqual([]);
  // A copy that came first was of no use; one that came after the owner ended the session.
  const [successor = tokens.refreshToken] = successors;
  const events = await endedEvents(tokens.sessionId);
  const isOver = (await codesOf([refresh(successor)]))[0] !== null;
  expect(events).toHaveLength(isOver ? 1 : 0);
});

test('a live token without the name of its device is refused, and the session lives on', async () => {
  const { tokens } = await newPerson();
  expect(await refusalOf(refresh(tokens.refreshToken, 'other-device-9876543210'))).toEqual(invalid);
  await refresh(tokens.refreshToken);
});

test('unknown and altered tokens are refused alike', async () => {
  const { tokens } = await newPerson();
  const text = tokens.refreshToken;
  const spare = text.slice(0, -1) + (text.endsWith('A') ? 'B' : String.fromCharCode(text.charCodeAt(42) + 1));
  for (const token of ['A'.repeat(43), spare, `${text}A`, text.toLowerCase()]) {
    expect(await refusalOf(refresh(token)), token).toEqual(invalid);
  }
  await refresh(text);
});

test('a session that is not used for seven days is over', async () => {
  const [used, unused] = [await newPerson(), await newPerson()];
  await moveClock(database.owner, 7 * 86_400 - 60);
  const { refreshToken } = await refresh(used.tokens.refreshToken);
  await moveClock(database.owner, 61);
  expect(await refusalOf(refresh(unused.tokens.refreshToken))).toEqual(invalid);
  await refresh(refreshToken);
});

test('thirty days after the sign-in a session is over, however it was used', async () => {
  let { tokens } = await newPerson();
  for (let day = 6; day < 30; day += 6) {
    await moveClock(database.owner, 6 * 86_400);
    tokens = await refresh(tokens.refreshToken);
  }
  await moveClock(database.owner, 6 * 86_400 - 120);
  tokens = await refresh(tokens.refreshToken);
  const { absolute_expires_at } = await core.db
    .selectFrom('sessions')
    .where('id', '=', tokens.sessionId)
    .select('absolute_expires_at')
    .executeTakeFirstOrThrow();
  expect(tokens.refreshTokenExpiresAt).toEqual(absolute_expires_at);
  await moveClock(database.owner, 121);
  expect(await refusalOf(refresh(tokens.refreshToken))).toEqual(invalid);
});

test('a suspended person gets no new tokens', async () => {
  const { tokens, user } = await newPerson();
  const suspend = (at: Date | null) =>
    core.db.updateTable('users').set({ suspended_at: at }).where('id', '=', user.userId).execute();
  await suspend(new Date());
  expect(await refusalOf(refresh(tokens.refreshToken))).toMatchObject({ code: 'USER_SUSPENDED' });
  await suspend(null);
  await refresh(tokens.refreshToken);
});

test('who signs out is out at once, with all tokens of the session and no other', async () => {
  const { tokens, user } = await newPerson();
  const other = await newPerson();
  const call = callOf(user.userId, tokens.sessionId);
  expect(await signOut(core, call, {})).toMatchObject({ sessionId: tokens.sessionId });
  expect(await refusalOf(getMe(core, call, {}))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await refusalOf(signOut(core, call, {}))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await refusalOf(refresh(tokens.refreshToken))).toEqual(invalid);
  expect(await endedEvents(tokens.sessionId)).toEqual([
    { audience: [user.userId], data: { reason: 'signed_out' } },
  ]);
  await refresh(other.tokens.refreshToken);
  expect(await refusalOf(signOut(core, anonymousCall, {}))).toMatchObject({ code: 'SESSION_MISSING' });
});
