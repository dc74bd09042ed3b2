import { type ErrorCode, parseId } from '@errand-dash/contract';
import { createNoticeFeed, Refused } from '@errand-dash/core';
import {
  codeOf,
  type IdentityServer,
  makeSigningPerson,
  moveClock,
  readSecret,
  redirectUrl,
  type SigningPerson,
  startIdentityServer,
  turnPasswordsOn,
} from '@errand-dash/core/testing';
import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';
import { newAuthenticator } from '../authorisation/testing/things.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let server: IdentityServer;

beforeAll(async () => {
  server = await startIdentityServer();
  api = await startTestApi();
  turnPasswordsOn(api.core);
  api.core.waysIn = { ...api.core.waysIn, identityProviders: [server.client()] };
});
afterAll(async () => {
  await api.close();
  await server.close();
});

const deviceId = 'demo-device-0123456789';
const newPassword = 'a demo pass phrase';

/** The procedures as nobody, or as a person under a fresh key or this one. */
function procedures(person?: Pick<SigningPerson, 'userId' | 'sessionId'>, key: string = crypto.randomUUID()) {
  const caller =
    person === undefined ? ({ kind: 'anonymous' } as const) : ({ kind: 'user', ...person } as const);
  const call = { caller, idempotencyKey: key, requestId: 'test' };
  const { core } = api;
  const notices = createNoticeFeed(core);
  return appRouter.createCaller({
    core,
    notices,
    call,
    userAgent: 'Demo browser 1.0',
    networkAddress: '198.51.100.7',
    callCount: 1,
  });
}

const personOf = ({ user, tokens }: { user: { userId: string }; tokens: { sessionId: string } }) => ({
  userId: parseId('user', user.userId) ?? '',
  sessionId: parseId('session', tokens.sessionId) ?? '',
});

async function codeOfRefusal(call: Promise<unknown>): Promise<ErrorCode> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TRPCError && error.cause instanceof Refused) return error.cause.refusal.code;
    throw error;
  }
  throw new Error('the call was not refused');
}

/** Has a person sign what the next call under this key does. */
async function sign(person: SigningPerson, key: string, asked: { action: 'auth.setPassword' }) {
  const begun = await procedures(person).approvals.begin({ ...asked, newPassword, idempotencyKey: key });
  return { approvalId: begun.approvalId, response: await person.authenticator.get(begun.options) };
}

/** One call over HTTP, by nobody. */
async function post(procedure: string, json: unknown) {
  const answer = await fetch(`${api.url}/trpc/${procedure}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ json }),
  });
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.text() };
}

test('anybody may know which ways in are on', async () => {
  expect(await procedures().auth.waysIn({})).toEqual({
    hasPasswords: true,
    identityProviders: [{ provider: 'demo', name: 'Demo identities' }],
    secondFactorKinds: ['totp', 'recovery_code'],
  });
});

test('a person sets up an app and a password, and signs in by both', async () => {
  const ada = await makeSigningPerson(api.core, 'ada');
  const secret = readSecret((await procedures(ada).auth.beginTotp({})).secret);
  await procedures(ada).auth.confirmTotp({ code: await codeOf(api.database, secret) });
  const approval = await sign(ada, 'demo-set-password', { action: 'auth.setPassword' });
  await procedures(ada, 'demo-set-password').auth.setPassword({ newPassword, approval });
  expect(await procedures(ada).auth.myWaysIn({})).toEqual({
    passwordSetAt: expect.any(Date),
    totpConfirmedAt: expect.any(Date),
    identities: [],
  });
  await moveClock(api.database.owner, 60);
  const asked = await procedures().auth.signInWithPassword({ name: 'ada', password: newPassword, deviceId });
  expect(asked.kinds).toEqual(['totp']);
  const { secondFactorId } = asked;
  const code = await codeOf(api.database, secret);
  const given = { secondFactorId, kind: 'totp' as const, code, deviceId };
  const signedIn = await procedures().auth.finishSecondFactor(given);
  expect(signedIn.user.handle).toBe('ada');
  expect((await procedures(personOf(signedIn)).users.me({})).handle).toBe('ada');
});

test('over HTTP who is unknown and a wrong password are one answer, byte for byte, and waits are told', async () => {
  const answers: Awaited<ReturnType<typeof post>>[] = [];
  for (const name of ['ada', 'nobody_here', 'nobody@mail.example']) {
    const input = { name, password: 'a wrong pass phrase', deviceId: `another-${deviceId}` };
    answers.push(await post('auth.signInWithPassword', input));
  }
  const [known, ...unknown] = answers;
  expect(known?.status).toBe(401);
  expect(known?.body).toContain('PASSWORD_SIGN_IN_REFUSED');
  for (const answer of unknown) expect(answer).toEqual(known);
  const again = { name: 'nobody_else', password: 'a wrong pass phrase', deviceId };
  for (let count = 0; count < 5; count += 1) await post('auth.signInWithPassword', again);
  const limited = await post('auth.signInWithPassword', again);
  expect(limited.status).toBe(429);
  expect(Number(limited.retryAfter)).toBeGreaterThan(0);
  // A password is in no line of the log.
  expect(api.logged.join()).not.toContain('phrase');
});

test.each([
  ['auth.signInWithPassword', { name: 'ada', password: 'x'.repeat(513), deviceId }],
  ['auth.signInWithPassword', { name: 'ada\u0000', password: newPassword, deviceId }],
  ['auth.signInWithPassword', { name: 'ada', password: newPassword }],
  ['auth.finishSecondFactor', { secondFactorId: 'x', kind: 'totp', code: '1', deviceId }],
  ['auth.beginProviderSignIn', { provider: '../demo', redirectUrl, deviceId }],
  ['auth.finishProviderSignIn', { ceremonyId: 'x', callbackUrl: redirectUrl, deviceId }],
])('%s refuses a wrong input', async (procedure, input) => {
  expect((await post(procedure, input)).status).toBe(400);
});

test('a person comes by a provider, makes an account, and links and unlinks another identity', async () => {
  const begun = await procedures().auth.beginProviderSignIn({ provider: 'demo', redirectUrl, deviceId });
  const callbackUrl = await server.visit(begun.url, { subject: 'bola' });
  const { ceremonyId } = begun;
  const answer = await procedures().auth.finishProviderSignIn({ ceremonyId, callbackUrl, deviceId });
  if (answer.outcome !== 'account_needed') throw new Error(`it was ${answer.outcome}`);
  const { signUpId } = answer;
  const asked = { signUpId, handle: 'bola', displayName: 'Demo Bola', deviceId };
  const bola = personOf(await procedures().auth.signUpWithProvider(asked));
  const link = await procedures(bola).auth.beginProviderLink({ provider: 'demo', redirectUrl });
  const back = await server.visit(link.url, { subject: 'bola-2' });
  const given = { ceremonyId: link.ceremonyId, callbackUrl: back };
  const identity = await procedures(bola).auth.linkProvider(given);
  expect(identity).toMatchObject({ provider: 'demo', name: 'Demo identities' });
  const { identities } = await procedures(bola).auth.myWaysIn({});
  expect(identities).toHaveLength(2);
  const { identityId } = identity;
  const left = await procedures(bola).auth.unlinkProvider({ identityId });
  expect(left.identities.map((one) => one.identityId)).not.toContain(identityId);
  const last = left.identities[0]?.identityId ?? '';
  const refusal = codeOfRefusal(procedures(bola).auth.unlinkProvider({ identityId: last }));
  expect(await refusal).toBe('WAY_IN_LAST');
  // What a signature is needed for says so to who has no passkey.
  const signing = { action: 'auth.removeTotp' as const, idempotencyKey: 'demo-remove-totp' };
  expect(await codeOfRefusal(procedures(bola).approvals.begin(signing))).toBe('PASSKEY_MISSING');
  const first = await procedures(bola).auth.beginAddPasskey({});
  const response = await newAuthenticator().create(first.options);
  const made = { ceremony: first.ceremony, response, name: 'Demo key' };
  const added = await procedures(bola).auth.addFirstPasskey(made);
  expect((await procedures(bola).auth.listPasskeys({})).passkeys).toEqual([added]);
  await procedures(bola).approvals.begin(signing);
  const { coolingUntil } = await procedures(bola).recovery.status({});
  expect(coolingUntil?.getTime()).toBe(added.createdAt.getTime() + 86_400_000);
  const kept = codeOfRefusal(procedures(bola).auth.unlinkProvider({ identityId: last }));
  expect(await kept).toBe('ACCOUNT_COOLING');
});

test('without a session nothing of a person is reached', async () => {
  const { auth } = procedures();
  const identityId = 'identity_018f3c5a-0000-7000-8000-000000000001';
  const ceremonyId = 'ceremony_018f3c5a-0000-7000-8000-000000000001';
  const calls = [
    () => auth.myWaysIn({}),
    () => auth.beginTotp({}),
    () => auth.confirmTotp({ code: '000000' }),
    () => auth.removeTotpByCode({ code: '000000' }),
    () => auth.beginProviderLink({ provider: 'demo', redirectUrl }),
    () => auth.linkProvider({ ceremonyId, callbackUrl: redirectUrl }),
    () => auth.unlinkProvider({ identityId }),
  ];
  for (const call of calls) expect(await codeOfRefusal(call())).toBe('SESSION_MISSING');
});
