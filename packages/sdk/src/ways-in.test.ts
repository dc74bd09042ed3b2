import { expect, test } from 'vitest';
import { createErrandDash } from './create-errand-dash.ts';
import { answers, type Reply, refuses, scriptedNetwork } from './testing/scripted-network.ts';

const user = { userId: 'user_1', handle: 'ada' };
const payload = btoa(JSON.stringify({ iat: 1000, exp: 1600 })).replace(/=+$/, '');
const signedIn = {
  user,
  tokens: { sessionId: 's', accessToken: `fresh.${payload}.s`, refreshToken: 'refresh-fresh' },
};
const challenge = { secondFactorId: 'second_factor_1', kinds: ['totp'], triesLeft: 5 };

function dashOver(script: Record<string, Reply[]>) {
  const network = scriptedNetwork(script);
  const storage = new Map<string, string>();
  const url = 'https://api.errand.example';
  return { ...network, storage, dash: createErrandDash({ url, fetch: network.fetch, storage }) };
}

const inputOf = ({ body }: { body: unknown }) => (body as { json: Record<string, unknown> }).json;

test('a password signs nobody in; the second factor does, on the same device, and neither sends a token', async () => {
  const { dash, sent } = dashOver({
    'auth.signInWithPassword': [() => answers(challenge)],
    'auth.finishSecondFactor': [() => answers(signedIn)],
  });
  expect(await dash.signInWithPassword({ name: 'ada', password: 'a demo pass phrase' })).toEqual(challenge);
  expect(await dash.isSignedIn()).toBe(false);
  const { secondFactorId } = challenge;
  expect(await dash.finishSecondFactor({ secondFactorId, kind: 'totp', code: '123456' })).toEqual(user);
  expect(await dash.isSignedIn()).toBe(true);
  const [first, second] = sent.map(inputOf);
  expect(first?.deviceId).toMatch(/^[\w-]{43}$/);
  expect(second).toEqual({ secondFactorId, kind: 'totp', code: '123456', deviceId: first?.deviceId });
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([null, null]);
});

test('neither step is repeated by itself, since each attempt counts', async () => {
  const busy: Reply = () => refuses('SERVICE_BUSY', 503);
  const { dash, sent } = dashOver({
    'auth.signInWithPassword': [busy],
    'auth.finishSecondFactor': [busy],
  });
  await expect(dash.signInWithPassword({ name: 'ada', password: 'a demo pass phrase' })).rejects.toThrow();
  const given = { secondFactorId: 'second_factor_1', kind: 'totp' as const, code: '123456' };
  await expect(dash.finishSecondFactor(given)).rejects.toThrow();
  expect(sent).toHaveLength(2);
});

test('who comes back from a provider is signed in, or is told what is still asked for', async () => {
  const asked = { outcome: 'second_factor', challenge };
  const needed = { outcome: 'account_needed', signUpId: 'ceremony_2' };
  const { dash, sent } = dashOver({
    'auth.beginProviderSignIn': [() => answers({ ceremonyId: 'ceremony_1', url: 'https://id.example' })],
    'auth.finishProviderSignIn': [
      () => answers(needed),
      () => answers(asked),
      () => answers({ outcome: 'signed_in', signedIn }),
    ],
    'auth.signUpWithProvider': [() => answers(signedIn)],
  });
  const redirectUrl = 'https://app.errand.example/signed-in';
  const { ceremonyId } = await dash.beginProviderSignIn({ provider: 'google', redirectUrl });
  const back = { ceremonyId, callbackUrl: `${redirectUrl}?code=a&state=b` };
  expect(await dash.finishProviderSignIn(back)).toEqual(needed);
  expect(await dash.finishProviderSignIn(back)).toEqual(asked);
  expect(await dash.isSignedIn()).toBe(false);
  expect(await dash.finishProviderSignIn(back)).toEqual({ outcome: 'signed_in', user });
  expect(await dash.isSignedIn()).toBe(true);
  const account = { signUpId: 'ceremony_2', handle: 'ada', displayName: 'Ada' };
  expect(await dash.signUpWithProvider(account)).toEqual(user);
  expect(new Set(sent.map((request) => inputOf(request).deviceId)).size).toBe(1);
});
