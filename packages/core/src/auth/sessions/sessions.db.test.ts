import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../claim.ts';
import { SealBroken } from '../../sealing.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import {
  beginSignIn,
  endAllSessions,
  endSession,
  finishSignIn,
  listSessions,
  refreshSession,
  type SignedIn,
} from '../index.ts';
import {
  anonymousCall,
  deviceId,
  makeAuthenticator,
  place,
  register,
  signIn,
} from '../testing/passkey-person.ts';

let database: TestDatabase;
let core: TestCore;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

/** A person with so many sessions, the first of which registered him. */
async function makePerson(sessionCount: number) {
  people += 1;
  const authenticator = makeAuthenticator(core, { hasCounter: false });
  const signedIn: SignedIn[] = [await register(core, authenticator, `person_${people}`)];
  while (signedIn.length < sessionCount) signedIn.push(await signIn(core, authenticator));
  const userId = signedIn[0]?.user.userId ?? '';
  const tokens = signedIn.map((each) => each.tokens);
  return {
    userId,
    authenticator,
    tokens,
    call: (session = 0, key?: string) => callOf(userId, tokens[session]?.sessionId ?? '', key),
  };
}

let keys = 0;
function callOf(userId: string, sessionId: string, key?: string): Call {
  keys += 1;
  return {
    caller: { kind: 'user', userId, sessionId },
    idempotencyKey: key ?? `session-key-${keys}`,
    requestId: 'test',
  };
}

const notFound = { isRefusal: true, code: 'OBJECT_NOT_FOUND', details: {} };
const refresh = (refreshToken: string, networkAddress = '203.0.113.8') =>
  refreshSession(core, anonymousCall, { refreshToken, deviceId, networkAddress });
const eventsOf = (subjectId: string) =>
  core.db
    .selectFrom('events')
    .where('subject_id', '=', subjectId)
    .select(['name', 'audience', 'data'])
    .execute();

describe('the list of sessions', () => {
  test('says where the person is signed in, most recently used first, and which one asks', async () => {
    const person = await makePerson(2);
    const [first, second] = person.tokens;
    await moveClock(database.owner, 60);
    await refresh(first?.refreshToken ?? '', '2001:db8::7');
    const sessions = await listSessions(core, person.call(1), {});
    expect(sessions).toEqual([
      {
        sessionId: first?.sessionId,
        userAgent: 'test',
        networkAddress: '2001:db8::7',
        createdAt: expect.any(Date),
        lastUsedAt: expect.any(Date),
        expiresAt: expect.any(Date),
        passkeyId: expect.any(String),
        isCurrent: false,
      },
      expect.objectContaining({
        sessionId: second?.sessionId,
        networkAddress: '203.0.113.7',
        isCurrent: true,
      }),
    ]);
    const [used] = sessions;
    expect((used?.lastUsedAt.getTime() ?? 0) - (used?.createdAt.getTime() ?? 0)).toBeGreaterThanOrEqual(
      60_000,
    );
    expect((used?.expiresAt.getTime() ?? 0) - (used?.lastUsedAt.getTime() ?? 0)).toBe(7 * 86_400_000);
  });

  test("holds nothing of another's, and nothing that is over", async () => {
    const [person, other] = [await makePerson(2), await makePerson(1)];
    await endSession(core, person.call(), { sessionId: person.tokens[1]?.sessionId ?? '' });
    expect(await listSessions(core, person.call(), {})).toHaveLength(1);
    expect(await listSessions(core, other.call(), {})).toHaveLength(1);
  });

  test('an address that is not known is none', async () => {
    const { authenticator, userId } = await makePerson(1);
    const { ceremony, options } = await beginSignIn(core, anonymousCall, {});
    const response = await authenticator.get(options);
    const given = { ceremony, response, ...place, networkAddress: '' };
    const { tokens } = await finishSignIn(core, anonymousCall, given);
    const [session] = await listSessions(core, callOf(userId, tokens.sessionId), {});
    expect(session?.networkAddress).toBe(null);
  });

  test('the address stands sealed in the database, for its own session alone', async () => {
    const person = await makePerson(2);
    const { rows } = await sql<{ id: string; text: string; sealed: Buffer }>`
      select id, network_address_sealed as sealed, s::text as text from sessions s
      where user_id = ${person.userId} order by id`.execute(core.db);
    for (const { text } of rows) expect(text).not.toContain('203.0.113');
    for (const { sealed } of rows) expect(sealed.toString('latin1')).not.toContain('203.0.113');
    const [first, second] = rows;
    await sql`update sessions set network_address_sealed = ${first?.sealed} where id = ${second?.id}`.execute(
      core.db,
    );
    await expect(listSessions(core, person.call(), {})).rejects.toBeInstanceOf(SealBroken);
  });
});

describe('a session that is ended', () => {
  test('is refused at once, with its tokens, its person is told, and no other ends', async () => {
    const person = await makePerson(3);
    const [own, other, third] = person.tokens;
    const ended = await endSession(core, person.call(), { sessionId: other?.sessionId ?? '' });
    expect(ended).toEqual({ sessionId: other?.sessionId, endedAt: expect.any(Date) });
    expect(await refusalOf(listSessions(core, person.call(1), {}))).toMatchObject({ code: 'SESSION_ENDED' });
    const again = refresh(other?.refreshToken ?? '');
    expect(await refusalOf(again)).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
    for (const live of [own, third]) await refresh(live?.refreshToken ?? '');
    expect((await eventsOf(other?.sessionId ?? '')).at(-1)).toEqual({
      name: 'session.ended',
      audience: [person.userId],
      data: { reason: 'ended_by_person' },
    });
  });

  test('is ended once for a key, and under the same key no other', async () => {
    const person = await makePerson(3);
    const [, second, third] = person.tokens;
    const end = (sessionId = '') => endSession(core, person.call(0, 'end-one-key'), { sessionId });
    const ended = await end(second?.sessionId);
    expect(await end(second?.sessionId)).toEqual(ended);
    expect(await refusalOf(end(third?.sessionId))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const elsewhere = endSession(core, person.call(), { sessionId: second?.sessionId ?? '' });
    expect(await refusalOf(elsewhere)).toEqual(notFound);
    expect(await eventsOf(second?.sessionId ?? '')).toHaveLength(2);
  });

  test('is ended once by ten at once', async () => {
    const person = await makePerson(2);
    const sessionId = person.tokens[1]?.sessionId ?? '';
    const codes = await codesOf(
      Array.from({ length: 10 }, () => endSession(core, person.call(), { sessionId })),
    );
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'OBJECT_NOT_FOUND')).toHaveLength(9);
  });

  test("may be the one that asks, but never a stranger's, which is answered like a random one", async () => {
    const [person, stranger] = [await makePerson(1), await makePerson(1)];
    for (const sessionId of [stranger.tokens[0]?.sessionId ?? '', '018f3c5a-0000-7000-8000-000000000001']) {
      expect(await refusalOf(endSession(core, person.call(), { sessionId }))).toEqual(notFound);
    }
    await listSessions(core, stranger.call(), {});
    await endSession(core, person.call(), { sessionId: person.tokens[0]?.sessionId ?? '' });
    expect(await refusalOf(listSessions(core, person.call(), {}))).toMatchObject({ code: 'SESSION_ENDED' });
  });
});

describe('all sessions', () => {
  test('end but for the one that asks, and are told of together', async () => {
    const [person, stranger] = [await makePerson(4), await makePerson(1)];
    expect(await endAllSessions(core, person.call(2), { which: 'others' })).toEqual({ endedCount: 3 });
    expect(await listSessions(core, person.call(2), {})).toMatchObject([{ isCurrent: true }]);
    for (const index of [0, 1, 3]) {
      const attempt = listSessions(core, person.call(index), {});
      expect(await refusalOf(attempt)).toMatchObject({ code: 'SESSION_ENDED' });
    }
    expect(await eventsOf(person.userId)).toContainEqual({
      name: 'user.sessions_ended',
      audience: [person.userId],
      data: { which: 'others', endedCount: 3 },
    });
    expect(await endAllSessions(core, person.call(2), { which: 'others' })).toEqual({ endedCount: 0 });
    expect((await eventsOf(person.userId)).filter(({ name }) => name === 'user.sessions_ended')).toHaveLength(
      1,
    );
    await listSessions(core, stranger.call(), {});
  });

  test('end with the one that asks', async () => {
    const person = await makePerson(3);
    expect(await endAllSessions(core, person.call(), { which: 'all' })).toEqual({ endedCount: 3 });
    for (const { refreshToken } of person.tokens) {
      expect(await refusalOf(refresh(refreshToken))).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
    }
    expect(await refusalOf(listSessions(core, person.call(), {}))).toMatchObject({ code: 'SESSION_ENDED' });
  });

  test('are nobody’s without a session', async () => {
    const sessionId = '018f3c5a-0000-7000-8000-000000000001';
    for (const attempt of [
      () => listSessions(core, anonymousCall, {}),
      () => endSession(core, anonymousCall, { sessionId }),
      () => endAllSessions(core, anonymousCall, { which: 'all' }),
    ]) {
      expect(await refusalOf(attempt())).toMatchObject({ code: 'SESSION_MISSING' });
    }
  });
});
