import { expect, test } from 'vitest';
import type { Authenticator } from './authenticator.ts';
import { toBase64Url } from './bytes.ts';
import { canonicalJson } from './canonical-json.ts';
import { createErrandDash } from './create-errand-dash.ts';
import { type DeviceSigner, deviceSignerOf, makeDeviceKey } from './device-signer.ts';
import { isErrandDashError } from './errand-dash-error.ts';
import type { Outputs } from './router-types.ts';
import { answers, type Reply, type SentRequest, scriptedNetwork } from './testing/scripted-network.ts';

type Document = Outputs['approvals']['begin']['document'];

const asked = { userId: 'user_1', role: 'moderator', reason: ' Answers people in Yaba ' } as const;
const inputOf = ({ body }: SentRequest) => (body as { json: Record<string, unknown> }).json;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256 = async (text: string) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text)));

/** A server that asks to sign a grant, by these device keys or a passkey; and what was to be signed last. */
function begins(deviceKeyIds: string[], changed: Partial<Document> = {}) {
  const challenges: Uint8Array[] = [];
  const reply: Reply = async (request) => {
    const { action, idempotencyKey, role, userId, reason } = inputOf(request);
    const because = toBase64Url(await sha256(String(reason).trim()));
    const document = {
      version: 1,
      action,
      amountMinor: null,
      currency: null,
      payee: role === undefined ? `${userId}#${because}` : `role:${role}@${userId}#${because}`,
      idempotencyKey,
      user: 'user_9',
      session: 'session_9',
      nonce: 'n'.repeat(43),
      expiry: '2026-11-21T10:02:00.000Z',
      ...changed,
    } as Document;
    const challenge = await sha256(canonicalJson(document));
    challenges.push(challenge);
    const options = { challenge: toBase64Url(challenge), rpId: 'errand.example' };
    return answers({
      approvalId: 'approval_1',
      document,
      options,
      deviceKeyIds,
      expiresAt: document.expiry,
    });
  };
  return { reply, challenges };
}

function dashOver(begin: Reply, deviceSigner: DeviceSigner) {
  const passkeys: string[] = [];
  const refuse = () => Promise.reject(new DOMException('Nobody is here.', 'NotAllowedError'));
  const authenticator: Authenticator = {
    create: refuse,
    get: ({ challenge }) => {
      passkeys.push(challenge);
      return refuse();
    },
  };
  const { fetch, sent } = scriptedNetwork({
    'approvals.begin': [begin],
    'admin.grantRole': [() => answers({ userId: 'user_1' })],
    'admin.suspendUser': [() => answers({ userId: 'user_1' })],
  });
  const options = { url: 'https://api.errand.example', fetch, authenticator, deviceSigner };
  return { dash: createErrandDash(options), sent, passkeys };
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => new Error('the call did not fail'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return [error.code, error.details];
}

test('a device key signs the domain, a zero byte and the hash, and nobody else is asked', async () => {
  const { publicKey, privateKey } = await makeDeviceKey();
  const { reply, challenges } = begins(['device_key_1']);
  const { dash, sent, passkeys } = dashOver(reply, deviceSignerOf('device_key_1', privateKey));
  await dash.admin.grantRole(asked);
  const { approval } = inputOf(sent[1] as SentRequest) as { approval: Record<string, string> };
  expect(approval).toEqual({
    approvalId: 'approval_1',
    deviceKeyId: 'device_key_1',
    signature: expect.stringMatching(/^[A-Za-z0-9_-]{86}$/),
  });
  const domain = [...bytesOf('errand-dash/device-key-signature/v1'), 0];
  const message = Uint8Array.from([...domain, ...(challenges[0] ?? [])]);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey };
  const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify']);
  const signature = atob((approval.signature ?? '').replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(signature, (character) => character.charCodeAt(0));
  expect(await crypto.subtle.verify('Ed25519', key, bytes, message)).toBe(true);
  expect(passkeys).toEqual([]);
});

test('what the server does not let the device sign goes to the authenticator', async () => {
  const { privateKey } = await makeDeviceKey();
  for (const ids of [[], ['device_key_2']]) {
    const { reply } = begins(ids);
    const { dash, passkeys } = dashOver(reply, deviceSignerOf('device_key_1', privateKey));
    expect(await codeOf(dash.admin.grantRole(asked))).toEqual([
      'AUTHENTICATOR_FAILED',
      { reason: 'NotAllowedError' },
    ]);
    expect(passkeys).toHaveLength(1);
  }
});

test.each<[string, Partial<Document>]>([
  ['payee', { payee: 'role:admin@user_1#x' }],
  ['payee', { payee: null }],
  ['action', { action: 'admin.revokeRole' }],
  ['idempotencyKey', { idempotencyKey: 'another-key' }],
  ['amountMinor', { amountMinor: 1 }],
])('a device signs no document with another %s than was asked for', async (member, changed) => {
  const signed: unknown[] = [];
  const sign = async (message: Uint8Array) => {
    signed.push(message);
    return new Uint8Array(64);
  };
  const { dash, sent } = dashOver(begins(['device_key_1'], changed).reply, {
    deviceKeyId: 'device_key_1',
    sign,
  });
  expect(await codeOf(dash.admin.grantRole(asked))).toEqual(['APPROVAL_MISMATCHED', { member }]);
  expect(signed).toEqual([]);
  expect(sent).toHaveLength(1);
});

test.each([
  ['role', { ...asked, role: 'vendor' as const }],
  ['person', { ...asked, userId: 'user_2' }],
  ['reason', { ...asked, reason: 'Another' }],
])('a device signs no grant of another %s', async (_name, other) => {
  const because = toBase64Url(await sha256('Answers people in Yaba'));
  const payee = `role:moderator@user_1#${because}`;
  const { privateKey } = await makeDeviceKey();
  const { dash } = dashOver(
    begins(['device_key_1'], { payee }).reply,
    deviceSignerOf('device_key_1', privateKey),
  );
  expect(await codeOf(dash.admin.grantRole(other))).toEqual(['APPROVAL_MISMATCHED', { member: 'payee' }]);
});

test('a suspension is signed as the person and the reason', async () => {
  const { privateKey } = await makeDeviceKey();
  const signer = deviceSignerOf('device_key_1', privateKey);
  const { dash, sent } = dashOver(begins(['device_key_1']).reply, signer);
  await dash.admin.suspendUser({ userId: 'user_1', reason: 'A demo reason' });
  expect(sent).toHaveLength(2);
});

test('a device that cannot sign is told by its own name, and nothing is called', async () => {
  const sign = () => Promise.reject(new DOMException('The key is away.', 'InvalidAccessError'));
  const { dash, sent } = dashOver(begins(['device_key_1']).reply, { deviceKeyId: 'device_key_1', sign });
  expect(await codeOf(dash.admin.grantRole(asked))).toEqual([
    'AUTHENTICATOR_FAILED',
    { reason: 'InvalidAccessError' },
  ]);
  expect(sent.map(({ path }) => path)).toEqual(['approvals.begin']);
});

test('a private key cannot be read out unless it was asked for', async () => {
  expect((await makeDeviceKey()).privateKey.extractable).toBe(false);
  const { privateKey, publicKey } = await makeDeviceKey({ isExtractable: true });
  expect(await crypto.subtle.exportKey('jwk', privateKey)).toMatchObject({ crv: 'Ed25519', x: publicKey });
});
