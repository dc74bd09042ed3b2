import { type ErrorCode, parseId } from '@errand-dash/contract';
import { createNoticeFeed, Refused } from '@errand-dash/core';
import { createTestCore, sentCode, type TestCore } from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const deviceId = 'demo-device-0123456789';
const authenticator = () =>
  createSoftwareAuthenticator({ origin: core.auth.origins[0] ?? '', algorithms: ['ES256'] });

/** The procedures as nobody, or as the person of a session. */
function procedures(person?: { userId: string; sessionId: string }) {
  const userId = parseId('user', person?.userId ?? '');
  const sessionId = parseId('session', person?.sessionId ?? '');
  const caller =
    userId === null || sessionId === null
      ? ({ kind: 'anonymous' } as const)
      : ({ kind: 'user', userId, sessionId } as const);
  const call = { caller, idempotencyKey: crypto.randomUUID(), requestId: 'test' };
  return appRouter.createCaller({
    core,
    notices: createNoticeFeed(core),
    call,
    userAgent: 'Demo browser 1.0',
    networkAddress: '192.0.2.1',
    callCount: 1,
  });
}

async function codeOf(call: Promise<unknown>): Promise<ErrorCode> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TRPCError && error.cause instanceof Refused) return error.cause.refusal.code;
    throw error;
  }
  throw new Error('the call was not refused');
}

async function register(handle: string) {
  const keys = authenticator();
  const begun = await procedures().auth.beginRegistration({ handle, displayName: ' Demo ' });
  const response = await keys.create(begun.options);
  const { ceremony } = begun;
  const signedIn = await procedures().auth.finishRegistration({ ceremony, response, deviceId });
  return { keys, ...signedIn, person: { ...signedIn.user, ...signedIn.tokens } };
}

test('a person registers, signs in with and without a name, refreshes and signs out', async () => {
  const { keys, user } = await register('ada');
  expect(user).toMatchObject({ handle: 'ada', displayName: 'Demo', phone: null, email: null, roles: [] });
  for (const input of [{ handle: 'ada' }, {}]) {
    const begun = await procedures().auth.beginSignIn(input);
    const response = await keys.get(begun.options);
    const { ceremony } = begun;
    const signedIn = await procedures().auth.finishSignIn({ ceremony, response, deviceId });
    expect(signedIn.user).toEqual(user);
    const { refreshToken } = signedIn.tokens;
    const tokens = await procedures().auth.refresh({ refreshToken, deviceId });
    expect(tokens.sessionId).toBe(signedIn.tokens.sessionId);
    const person = { userId: user.userId, sessionId: tokens.sessionId };
    expect(await procedures(person).auth.signOut({})).toEqual({});
    expect(await codeOf(procedures(person).users.me({}))).toBe('SESSION_ENDED');
  }
});

test('the session keeps what the client called itself', async () => {
  const { tokens } = await register('bola');
  const { user_agent } = await core.db
    .selectFrom('sessions')
    .where('id', '=', parseId('session', tokens.sessionId) ?? '')
    .select('user_agent')
    .executeTakeFirstOrThrow();
  expect(user_agent).toBe('Demo browser 1.0');
});

test('a person verifies a phone and becomes a runner; the code is in no answer', async () => {
  const { person } = await register('chidi');
  const started = await procedures(person).users.startPhoneVerification({ phone: '0803 123 4501' });
  const code = await sentCode(core, '+2348031234501');
  expect(Object.keys(started).sort()).toEqual(['expiresAt', 'triesLeft', 'verificationId']);
  const { verificationId } = started;
  const confirmed = await procedures(person).users.confirmPhoneVerification({ verificationId, code });
  expect(confirmed.phone).toEqual({ masked: '+***********01', verifiedAt: expect.any(Date) });
  expect(await procedures(person).users.takeRole({ role: 'runner' })).toEqual({
    ...confirmed,
    roles: ['runner'],
  });
  expect(await procedures(person).users.me({})).toEqual({ ...confirmed, roles: ['runner'] });
});

test('a person verifies an email address beside the phone', async () => {
  const { person } = await register('dayo');
  const { verificationId } = await procedures(person).users.startEmailVerification({
    email: ' Dayo@Mail.Example ',
  });
  const code = await sentCode(core, 'Dayo@mail.example');
  const asPhone = procedures(person).users.confirmPhoneVerification({ verificationId, code });
  expect(await codeOf(asPhone)).toBe('OBJECT_NOT_FOUND');
  const confirmed = await procedures(person).users.confirmEmailVerification({ verificationId, code });
  expect(confirmed).toMatchObject({ phone: null, email: { masked: 'D***@mail.example' } });
});

test('without a session nothing of a person is reached', async () => {
  const nobody = procedures();
  const calls = [
    () => nobody.auth.signOut({}),
    () => nobody.users.me({}),
    () => nobody.users.takeRole({ role: 'sender' }),
    () => nobody.users.startPhoneVerification({ phone: '0803 123 4501' }),
    () => nobody.users.startEmailVerification({ email: 'dayo@mail.example' }),
    () =>
      nobody.users.confirmPhoneVerification({
        verificationId: 'verification_018f3c5a-0000-7000-8000-000000000001',
        code: '123456',
      }),
  ];
  for (const call of calls) expect(await codeOf(call())).toBe('SESSION_MISSING');
});
