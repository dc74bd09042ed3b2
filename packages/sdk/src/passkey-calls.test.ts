import { expect, test } from 'vitest';
import type { Authenticator } from './authenticator.ts';
import { canonicalJson } from './canonical-json.ts';
import { createErrandDash } from './create-errand-dash.ts';
import { type ErrandDashError, isErrandDashError } from './errand-dash-error.ts';
import {
  answers,
  type Reply,
  refuses,
  type SentRequest,
  scriptedNetwork,
} from './testing/scripted-network.ts';

const toBase64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const hashOf = async (text: string): Promise<string> =>
  toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));

const attestation = 'demo attestation ~~~???';
const attestationObject = toBase64url(new TextEncoder().encode(attestation));
const made: Awaited<ReturnType<Authenticator['create']>> = {
  id: 'new-credential',
  rawId: 'new-credential',
  type: 'public-key',
  clientExtensionResults: {},
  response: { clientDataJSON: 'a', attestationObject },
};
const assertion: Awaited<ReturnType<Authenticator['get']>> = {
  id: 'old-credential',
  rawId: 'old-credential',
  type: 'public-key',
  clientExtensionResults: {},
  response: { clientDataJSON: 'a', authenticatorData: 'b', signature: 'c' },
};
const attestationHash = await hashOf(attestation);
const rightPayee = `passkey:new-credential:${attestationHash}`;
const passkeyId = 'passkey_018f3c5a-0000-7000-8000-000000000001';

const inputOf = ({ body }: SentRequest) => (body as { json: Record<string, unknown> }).json;

/** A server that wants this payee signed. */
const begins =
  (payee: string): Reply =>
  async (request) => {
    const { action = '', idempotencyKey = '' } = inputOf(request) as Record<string, string>;
    const terms = { version: 1, action, amountMinor: null, currency: null, payee, idempotencyKey };
    const document = { ...terms, user: 'user_1', session: 'session_1', nonce: 'n', expiry: 'soon' };
    const challenge = await hashOf(canonicalJson(document));
    return answers({ approvalId: 'approval_1', document, options: { challenge }, expiresAt: 'soon' });
  };

function dashOver(payee: string, given: Partial<Authenticator> = {}, script: Record<string, Reply[]> = {}) {
  const { fetch, sent } = scriptedNetwork({
    'auth.beginAddPasskey': [() => answers({ ceremony: 'ceremony_1', options: { challenge: 'x' } })],
    'approvals.begin': [begins(payee)],
    'auth.addPasskey': [() => answers({ name: 'Demo key' })],
    'auth.removePasskey': [() => answers({ sessionsEnded: 0 })],
    ...script,
  });
  const authenticator: Authenticator = { create: async () => made, get: async () => assertion, ...given };
  return { sent, dash: createErrandDash({ url: 'https://api.errand.example', fetch, authenticator }) };
}

async function failureOf(call: Promise<unknown>): Promise<ErrandDashError> {
  const error = await call.then(
    () => new Error('the call did not fail'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return error;
}

test('one call makes a passkey, has it signed for with another, and adds it', async () => {
  const { dash, sent } = dashOver(rightPayee);
  expect(await dash.addPasskey({ name: 'Demo key' })).toEqual({ name: 'Demo key' });
  expect(sent.map(({ path }) => path)).toEqual([
    'auth.beginAddPasskey',
    'approvals.begin',
    'auth.addPasskey',
  ]);
  const [, begun, call] = sent as [SentRequest, SentRequest, SentRequest];
  const asked = { ceremony: 'ceremony_1', response: made, name: 'Demo key' };
  const idempotencyKey = call.headers.get('idempotency-key');
  expect(inputOf(begun)).toEqual({ ...asked, action: 'auth.addPasskey', idempotencyKey });
  expect(inputOf(call)).toEqual({ ...asked, approval: { approvalId: 'approval_1', response: assertion } });
});

test('who has no passkey yet gets the first one by the same call, asked to make it once', async () => {
  const { dash, sent } = dashOver(
    rightPayee,
    {},
    {
      'approvals.begin': [() => refuses('PASSKEY_MISSING', 412)],
      'auth.addFirstPasskey': [() => answers({ name: 'Demo key' })],
    },
  );
  expect(await dash.addPasskey({ name: 'Demo key' })).toEqual({ name: 'Demo key' });
  expect(sent.map(({ path }) => path)).toEqual([
    'auth.beginAddPasskey',
    'approvals.begin',
    'auth.addFirstPasskey',
  ]);
  const [, , call] = sent as [SentRequest, SentRequest, SentRequest];
  expect(inputOf(call)).toEqual({ ceremony: 'ceremony_1', response: made, name: 'Demo key' });
});

test('any other refusal adds no first passkey', async () => {
  const { dash, sent } = dashOver(
    rightPayee,
    {},
    { 'auth.addPasskey': [() => refuses('SIGNATURE_REFUSED', 403)] },
  );
  expect(await failureOf(dash.addPasskey({ name: 'Demo key' }))).toMatchObject({ code: 'SIGNATURE_REFUSED' });
  expect(sent.map(({ path }) => path)).not.toContain('auth.addFirstPasskey');
});

test.each([
  ['another credential', `passkey:other-credential:${attestationHash}`],
  ['another public key', `passkey:new-credential:${await hashOf('other')}`],
  ['an account', 'nuban:058:0123456789'],
])('a server that wants %s signed than was made gets no signature', async (_, payee) => {
  const { dash, sent } = dashOver(payee);
  expect(await failureOf(dash.addPasskey({ name: 'Demo key' }))).toMatchObject({
    code: 'APPROVAL_MISMATCHED',
    details: { member: 'payee' },
  });
  expect(sent).toHaveLength(2);
});

test('a passkey is removed in one call, and no other than was asked for', async () => {
  const { dash } = dashOver(passkeyId);
  expect(await dash.auth.removePasskey({ passkeyId })).toEqual({ sessionsEnded: 0 });
  const other = dashOver('passkey_018f3c5a-0000-7000-8000-000000000002');
  expect(await failureOf(other.dash.auth.removePasskey({ passkeyId }))).toMatchObject({
    code: 'APPROVAL_MISMATCHED',
    details: { member: 'payee' },
  });
});

test('an authenticator that has a passkey of the account already says so, and nothing is asked to be signed', async () => {
  const create = async () => {
    throw new DOMException('There is one.', 'InvalidStateError');
  };
  const { dash, sent } = dashOver(rightPayee, { create });
  expect(await failureOf(dash.addPasskey({ name: 'Demo key' }))).toMatchObject({
    code: 'AUTHENTICATOR_FAILED',
    details: { reason: 'InvalidStateError' },
  });
  expect(sent.map(({ path }) => path)).toEqual(['auth.beginAddPasskey']);
});

test('a signal gives the caller back while his authenticator waits', async () => {
  const { dash, sent } = dashOver(rightPayee, { create: () => new Promise(() => undefined) });
  const controller = new AbortController();
  const call = failureOf(dash.addPasskey({ name: 'Demo key' }, { signal: controller.signal }));
  await expect.poll(() => sent.length).toBe(1);
  controller.abort();
  expect(await call).toMatchObject({ code: 'CALL_ABORTED' });
  expect(sent).toHaveLength(1);
});
