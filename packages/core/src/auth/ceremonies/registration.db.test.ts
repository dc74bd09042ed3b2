import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import type { Deviations } from '@errand-dash/software-authenticator';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { beginRegistration, beginSignIn, finishRegistration, verifyAccessToken } from '../index.ts';
import { anonymousCall, makeAuthenticator, place, register, signIn } from '../testing/passkey-person.ts';

let database: TestDatabase;
let core: TestCore;
let logged: unknown[];

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  core.log = (_level, _message, fields) => void logged.push(fields?.reason);
});
afterAll(() => database.drop());
beforeEach(() => {
  logged = [];
});

const refused = { isRefusal: true, code: 'REGISTRATION_REFUSED', details: {} };
const begin = (handle: string) => beginRegistration(core, anonymousCall, { handle, displayName: 'Demo' });

async function countOf(handle: string) {
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from users where handle = ${handle}) as users,
    (select count(*)::int from user_data_keys) as data_keys,
    (select count(*)::int from passkeys) as passkeys,
    (select count(*)::int from sessions) as sessions,
    (select count(*)::int from refresh_tokens) as tokens,
    (select count(*)::int from events) as events`.execute(core.db);
  return rows[0];
}

test('a new person gets a data key, a passkey, a session and its tokens, and it is told', async () => {
  const { tokens, user } = await register(core, makeAuthenticator(core), 'ada');
  expect(user).toEqual({
    userId: expect.any(String),
    handle: 'ada',
    displayName: 'Demo ada',
    phone: null,
    email: null,
    roles: [],
    createdAt: expect.any(Date),
  });
  const claims = await verifyAccessToken(tokens.accessToken, { ...core.auth, now: user.createdAt });
  expect(claims).toMatchObject({ userId: user.userId, sessionId: tokens.sessionId });
  const events = await core.db
    .selectFrom('events')
    .where('subject_id', 'in', [user.userId, tokens.sessionId])
    .orderBy('name')
    .select(['name', 'audience'])
    .execute();
  expect(events).toEqual([
    { name: 'session.started', audience: [user.userId] },
    { name: 'user.registered', audience: [user.userId] },
  ]);
  const session = await core.db
    .selectFrom('sessions')
    .where('id', '=', tokens.sessionId)
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(session.idle_expires_at).toEqual(tokens.refreshTokenExpiresAt);
  expect(session.idle_expires_at.getTime() - user.createdAt.getTime()).toBe(7 * 86_400_000);
  expect(session.absolute_expires_at.getTime() - user.createdAt.getTime()).toBe(30 * 86_400_000);
});

test('the options ask for a discoverable passkey with user verification, by an unknown challenge', async () => {
  const [one, other] = [await begin('bola'), await begin('bola')];
  expect(one.options).toEqual({
    rp: { id: 'errand.example', name: 'ErrandDash' },
    user: { id: expect.stringMatching(/^[\w-]{22}$/), name: 'bola', displayName: 'Demo' },
    challenge: expect.stringMatching(/^[\w-]{43}$/),
    pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
    timeout: 120_000,
    excludeCredentials: [],
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  });
  expect(other.options.challenge).not.toBe(one.options.challenge);
  expect(other.options.user.id).not.toBe(one.options.user.id);
});

test('a handle that is taken looks free at the beginning, and the end leaves nothing behind', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'chidi');
  const before = await countOf('chidi');
  const taken = await begin('chidi');
  const free = await begin('chidi_free');
  expect(Object.keys(taken.options)).toEqual(Object.keys(free.options));
  expect(await refusalOf(register(core, makeAuthenticator(core), 'chidi'))).toMatchObject({
    code: 'HANDLE_TAKEN',
  });
  expect(await countOf('chidi')).toEqual(before);
});

const hostile: [string, Deviations][] = [
  ['another origin', { origin: 'https://evil.example' }],
  ['another relying party', { rpId: 'evil.example' }],
  ['no user verification', { isUserVerified: false }],
  ['a frame of another site', { crossOrigin: true }],
  ['the type of a sign-in', { type: 'webauthn.get' }],
  ['another challenge', { challenge: 'AAAA' }],
];
test.each(hostile)(
  'with %s it is refused, the reason is in the log alone, and the challenge is spent',
  async (_, deviations) => {
    const { ceremony, options } = await begin('dayo');
    const before = await countOf('dayo');
    const wrong = await makeAuthenticator(core).create(options, deviations);
    const finish = (response: typeof wrong) =>
      finishRegistration(core, anonymousCall, { ceremony, response, ...place });
    expect(await refusalOf(finish(wrong))).toEqual(refused);
    expect(logged).toEqual([expect.any(String)]);
    expect(await refusalOf(finish(await makeAuthenticator(core).create(options)))).toEqual(refused);
    expect(logged[1]).toBe('no such ceremony');
    expect(await countOf('dayo')).toEqual(before);
  },
);

test('a challenge is good for two minutes', async () => {
  const authenticator = makeAuthenticator(core);
  const finish = async (handle: string, seconds: number) => {
    const { ceremony, options } = await begin(handle);
    const response = await authenticator.create(options);
    await moveClock(database.owner, seconds);
    return finishRegistration(core, anonymousCall, { ceremony, response, ...place });
  };
  await finish('efe', 115);
  expect(await refusalOf(finish('efe_late', 120))).toEqual(refused);
  expect(logged).toEqual(['the ceremony has expired']);
});

test('of two answers to one challenge at once one wins', async () => {
  const { ceremony, options } = await begin('femi');
  const responses = await Promise.all([1, 2, 3, 4].map(() => makeAuthenticator(core).create(options)));
  const codes = await codesOf(
    responses.map((response) => finishRegistration(core, anonymousCall, { ceremony, response, ...place })),
  );
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'REGISTRATION_REFUSED')).toHaveLength(3);
  expect(await countOf('femi')).toMatchObject({ users: 1 });
});

test('of two people who take one handle at once one gets it', async () => {
  const codes = await codesOf([1, 2, 3, 4].map(() => register(core, makeAuthenticator(core), 'gbenga')));
  expect(codes.sort()).toEqual(['HANDLE_TAKEN', 'HANDLE_TAKEN', 'HANDLE_TAKEN', null]);
});

test('a credential id that another person has is refused, also at once', async () => {
  const credentialId = Buffer.from(core.random(32)).toString('base64url');
  const claim = (handle: string) =>
    register(core, makeAuthenticator(core), handle, { deviations: { credentialId } });
  const codes = await codesOf(['hauwa', 'hauwa_2', 'hauwa_3'].map(claim));
  expect(codes.sort()).toEqual(['REGISTRATION_REFUSED', 'REGISTRATION_REFUSED', null]);
  expect(await refusalOf(claim('hauwa_4'))).toEqual(refused);
  expect(logged.at(-1)).toBe('the credential id is known');
});

test('the ceremony of a sign-in is none of a registration', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'ife');
  const { ceremony, options } = await beginSignIn(core, anonymousCall, {});
  const creation = (await begin('ife_2')).options;
  const response = await makeAuthenticator(core).create({ ...creation, challenge: options.challenge });
  const answer = finishRegistration(core, anonymousCall, { ceremony, response, ...place });
  expect(await refusalOf(answer)).toEqual(refused);
  await signIn(core, authenticator, { handle: 'ife' });
});

test('a ceremony that never was is refused like any other', async () => {
  const response = await makeAuthenticator(core).create((await begin('jide')).options);
  const ceremony = '018f3c5a-0000-7000-8000-000000000001';
  const answer = finishRegistration(core, anonymousCall, { ceremony, response, ...place });
  expect(await refusalOf(answer)).toEqual(refused);
});

test("the id in the answer must be the authenticator's", async () => {
  const id = Buffer.alloc(32, 9).toString('base64url');
  const alter = <R extends object>(response: R) => ({ ...response, id, rawId: id });
  expect(await refusalOf(register(core, makeAuthenticator(core), 'kemi', { alter }))).toEqual(refused);
});
