import { expect, test } from 'vitest';
import type { Authenticator } from './authenticator.ts';
import { createErrandDash } from './create-errand-dash.ts';
import { answers, type Reply, refuses, scriptedNetwork } from './testing/scripted-network.ts';

const me = { userId: 'user_1', handle: 'ada' };
const tokens = { sessionId: 's', accessToken: `a.${btoa('{"iat":1,"exp":601}')}.s`, refreshToken: 'refresh' };
const response: Awaited<ReturnType<Authenticator['create']>> = {
  id: 'credential',
  rawId: 'credential',
  type: 'public-key',
  clientExtensionResults: {},
  response: { clientDataJSON: 'a', attestationObject: 'b' },
};
const recoveryId = 'recovery_1';
const proven: Reply = () => answers({ options: { challenge: 'c' }, expiresAt: '2026-11-21' });

function dashOver(script: Record<string, Reply[]>) {
  const network = scriptedNetwork(script);
  const asked: string[] = [];
  const authenticator: Authenticator = {
    create: async ({ challenge }) => {
      asked.push(challenge);
      return response;
    },
    get: () => Promise.reject(new Error('nobody signs in here')),
  };
  const dash = createErrandDash({ url: 'https://api.errand.example', fetch: network.fetch, authenticator });
  return { ...network, asked, dash };
}

test.each([
  ['recovery.proveByRecoveryCode', { recoveryId, recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }],
  ['recovery.proveByContacts', { recoveryId, phoneCode: '123456', emailCode: '654321' }],
])('%s, a new passkey here, and the session is kept', async (path, proof) => {
  const finished: Reply = () => answers({ tokens, user: me });
  const { dash, sent, asked } = dashOver({ [path]: [proven], 'recovery.finish': [finished] });
  expect(await dash.recover({ ...proof, passkeyName: 'New phone' })).toEqual(me);
  expect(sent.map(({ body }) => body)).toMatchObject([
    { json: proof },
    { json: { recoveryId, response, passkeyName: 'New phone' } },
  ]);
  expect(sent[0]?.body).toEqual({ json: proof });
  expect(asked).toEqual(['c']);
  expect(await dash.isSignedIn()).toBe(true);
});

test('a wrong proof is sent once, and no authenticator is asked', async () => {
  const wrong: Reply = () => refuses('CODE_WRONG', 422, { triesLeft: 4 });
  const { dash, sent, asked } = dashOver({ 'recovery.proveByRecoveryCode': [wrong] });
  const proof = { recoveryId, recoveryCode: 'AAAA-BBBB-CCCC-DDDD' };
  await expect(dash.recover(proof)).rejects.toMatchObject({ code: 'CODE_WRONG', details: { triesLeft: 4 } });
  expect([sent.length, asked.length]).toEqual([1, 0]);
  expect(await dash.isSignedIn()).toBe(false);
});
