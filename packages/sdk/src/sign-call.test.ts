import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Authenticator } from './authenticator.ts';
import { canonicalJson } from './canonical-json.ts';
import { createErrandDash } from './create-errand-dash.ts';
import { type ErrandDashError, isErrandDashError } from './errand-dash-error.ts';
import type { Inputs, Outputs, SignedPath } from './router-types.ts';
import {
  answers,
  type Reply,
  refuses,
  type SentRequest,
  scriptedNetwork,
  unreachable,
} from './testing/scripted-network.ts';

type Document = Outputs['approvals']['begin']['document'];
type Assertion = Awaited<ReturnType<Authenticator['get']>>;

const assertion: Assertion = {
  id: 'credential',
  rawId: 'credential',
  type: 'public-key',
  clientExtensionResults: {},
  response: { clientDataJSON: 'a', authenticatorData: 'b', signature: 'c' },
};
const asked = { amountMinor: 20_000_00, currency: 'NGN', payoutAccountId: 'payoutaccount_1' } as const;
const account = { bankCode: '058', accountNumber: '0123456789' };
const done = { withdrawalId: 'withdrawal_1', state: 'requested' };

const inputOf = ({ body }: SentRequest) => (body as { json: Record<string, unknown> }).json;

async function hashOf(document: Document): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(document));
  const text = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** A server that asks to sign what it was told, with these members changed; and perhaps another challenge. */
function begins(changed: Partial<Document> = {}, challenge?: string): Reply {
  return async (request) => {
    const { action, idempotencyKey, amountMinor, currency, bankCode, accountNumber } = inputOf(request);
    const document = {
      version: 1,
      action,
      amountMinor: amountMinor ?? null,
      currency: currency ?? null,
      payee: `nuban:${bankCode ?? '058'}:${accountNumber ?? '9876543210'}`,
      idempotencyKey,
      user: 'user_1',
      session: 'session_1',
      nonce: 'n'.repeat(43),
      expiry: '2026-11-21T10:02:00.000Z',
      ...changed,
    } as Document;
    const options = { challenge: challenge ?? (await hashOf(document)), rpId: 'errand.example' };
    return answers({
      approvalId: 'approval_1',
      document,
      options,
      deviceKeyIds: ['device_key_1'],
      expiresAt: document.expiry,
    });
  };
}

function dashOver(script: Record<string, Reply[]>, get?: Authenticator['get'], retriesMax?: number) {
  const { fetch, sent } = scriptedNetwork(script);
  const signed: string[] = [];
  const sign: Authenticator['get'] = async ({ challenge }) => {
    signed.push(challenge);
    return assertion;
  };
  const create = () => Promise.reject(new Error('nothing is registered here'));
  const authenticator = { create, get: get ?? sign };
  const retries = retriesMax === undefined ? {} : { retriesMax };
  return {
    sent,
    signed,
    dash: createErrandDash({ url: 'https://api.errand.example', fetch, authenticator, ...retries }),
  };
}

async function failureOf(call: Promise<unknown>): Promise<ErrandDashError> {
  const error = await call.then(
    () => new Error('the call did not fail'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return error;
}

test('a signed call is signed on the way, under the key that it then carries', async () => {
  const { dash, sent, signed } = dashOver({
    'approvals.begin': [begins()],
    'wallet.withdraw': [() => answers(done)],
  });
  expect(await dash.wallet.withdraw(asked)).toEqual(done);
  const [begun, call] = sent;
  if (begun === undefined || call === undefined) throw new Error('two requests were to be sent');
  const key = call.headers.get('idempotency-key');
  expect(inputOf(begun)).toEqual({ ...asked, action: 'wallet.withdraw', idempotencyKey: key });
  expect(key).toMatch(/^[A-Za-z0-9_-]{24}$/);
  expect(inputOf(call)).toEqual({ ...asked, approval: { approvalId: 'approval_1', response: assertion } });
  expect(signed).toHaveLength(1);
});

test("the caller's own key is the one that is signed", async () => {
  const { dash, sent } = dashOver({
    'approvals.begin': [begins()],
    'wallet.addPayoutAccount': [() => answers({})],
  });
  await dash.wallet.addPayoutAccount(account, { idempotencyKey: 'my-account-1' });
  expect(sent.map((request) => inputOf(request).idempotencyKey)).toEqual(['my-account-1', undefined]);
  expect(sent[1]?.headers.get('idempotency-key')).toBe('my-account-1');
});

test.each<[string, Partial<Document>]>([
  ['amountMinor', { amountMinor: 20_000_01 }],
  ['amountMinor', { amountMinor: null }],
  ['currency', { currency: 'GHS' }],
  ['action', { action: 'wallet.addPayoutAccount' }],
  ['idempotencyKey', { idempotencyKey: 'another-key' }],
  ['version', { version: 2 as 1 }],
])('another %s than was asked for is not signed', async (member, changed) => {
  const { dash, sent, signed } = dashOver({ 'approvals.begin': [begins(changed)] });
  expect(await failureOf(dash.wallet.withdraw(asked))).toMatchObject({
    code: 'APPROVAL_MISMATCHED',
    details: { member },
    status: null,
    isRetryable: false,
  });
  expect(signed).toEqual([]);
  expect(sent).toHaveLength(1);
});

test('another bank account than was asked for is not signed', async () => {
  const { dash, signed } = dashOver({ 'approvals.begin': [begins({ payee: 'nuban:058:0123456780' })] });
  expect(await failureOf(dash.wallet.addPayoutAccount(account))).toMatchObject({
    code: 'APPROVAL_MISMATCHED',
    details: { member: 'payee' },
  });
  expect(signed).toEqual([]);
});

describe('what is signed from a limit on', () => {
  const errand = { errandId: 'errand_1' };
  const confirmed = { errandId: 'errand_1', state: 'confirmed' };
  const needed = { action: 'errands.confirm', amountMinor: 25_000_00, currency: 'NGN' };
  const limit = { limit: 'single', limitMinor: 20_000_00 };
  const refusesUnsigned: Reply = () => refuses('SIGNATURE_NEEDED', 403, { ...needed, ...limit });
  const document = { amountMinor: 25_000_00, currency: 'NGN', payee: 'errand_1@user_2' };

  test('is sent unsigned, and nothing is asked of the person below the limit', async () => {
    const { dash, sent, signed } = dashOver({ 'errands.confirm': [() => answers(confirmed)] });
    expect(await dash.errands.confirm(errand)).toEqual(confirmed);
    expect(sent.map(inputOf)).toEqual([errand]);
    expect(signed).toEqual([]);
  });

  test('is signed where the server needs it, and sent again under the same key', async () => {
    const { dash, sent, signed } = dashOver({
      'errands.confirm': [refusesUnsigned, () => answers(confirmed)],
      'approvals.begin': [begins(document)],
    });
    expect(await dash.errands.confirm(errand)).toEqual(confirmed);
    const [unsigned, begun, call] = sent;
    const key = unsigned?.headers.get('idempotency-key');
    expect(call?.headers.get('idempotency-key')).toBe(key);
    expect(begun && inputOf(begun)).toEqual({ ...errand, action: 'errands.confirm', idempotencyKey: key });
    expect(call && inputOf(call)).toMatchObject({ ...errand, approval: { approvalId: 'approval_1' } });
    expect(signed).toHaveLength(1);
  });

  test.each<[string, Partial<Document>]>([
    ['amountMinor', { amountMinor: 25_000_01 }],
    ['amountMinor', { amountMinor: null }],
    ['currency', { currency: 'GHS' }],
    ['payee', { payee: 'errand_12@user_2' }],
    ['payee', { payee: 'errand_1@nuban:058:0123456789' }],
    ['payee', { payee: null }],
    ['action', { action: 'wallet.withdraw' }],
  ])('is not signed with another %s than was told and asked for', async (member, changed) => {
    const { dash, sent, signed } = dashOver({
      'errands.confirm': [refusesUnsigned],
      'approvals.begin': [begins({ ...document, ...changed })],
    });
    expect(await failureOf(dash.errands.confirm(errand))).toMatchObject({
      code: 'APPROVAL_MISMATCHED',
      details: { member },
    });
    expect(signed).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  test('is told as it is refused for any other reason, and is not signed', async () => {
    const { dash, sent } = dashOver({ 'errands.confirm': [() => refuses('OBJECT_NOT_FOUND', 404)] });
    expect(await failureOf(dash.errands.confirm(errand))).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(sent).toHaveLength(1);
  });
});

test('a payout account is taken away only as the one that was named', async () => {
  const named = { payoutAccountId: 'payout_account_1' };
  const { dash } = dashOver({
    'approvals.begin': [begins({ payee: 'payout_account_1' }), begins({ payee: 'payout_account_2' })],
    'wallet.removePayoutAccount': [() => answers({})],
  });
  await dash.wallet.removePayoutAccount(named);
  expect(await failureOf(dash.wallet.removePayoutAccount(named))).toMatchObject({
    code: 'APPROVAL_MISMATCHED',
    details: { member: 'payee' },
  });
});

test('a challenge that is not of the document that is shown is not signed', async () => {
  const other = await hashOf({ version: 1, amountMinor: 90_000_00 } as Document);
  const { dash, sent, signed } = dashOver({ 'approvals.begin': [begins({}, other)] });
  expect(await failureOf(dash.wallet.withdraw(asked))).toMatchObject({
    code: 'APPROVAL_MISMATCHED',
    details: { member: 'challenge' },
  });
  expect(signed).toEqual([]);
  expect(sent).toHaveLength(1);
});

test('after a lost answer the same signature is sent again under the same key', async () => {
  const { dash, sent, signed } = dashOver({
    'approvals.begin': [begins()],
    'wallet.withdraw': [unreachable, () => refuses('SERVICE_BUSY', 503), () => answers(done)],
  });
  await dash.wallet.withdraw(asked);
  const calls = sent.filter(({ path }) => path === 'wallet.withdraw');
  expect(calls).toHaveLength(3);
  expect(new Set(calls.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
  expect(new Set(calls.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(signed).toHaveLength(1);
});

test('a signed call whose answer is lost names the key under which it may be signed anew', async () => {
  const { dash, sent } = dashOver(
    { 'approvals.begin': [begins()], 'wallet.withdraw': [unreachable, () => answers(done)] },
    undefined,
    0,
  );
  const { idempotencyKey, isRetryable } = await failureOf(dash.wallet.withdraw(asked));
  expect(isRetryable).toBe(true);
  if (idempotencyKey === null) throw new Error('the failure names no key');
  expect(await dash.wallet.withdraw(asked, { idempotencyKey })).toEqual(done);
  const withdrawals = sent.filter(({ path }) => path === 'wallet.withdraw');
  expect(withdrawals.map(({ headers }) => headers.get('idempotency-key'))).toEqual([
    idempotencyKey,
    idempotencyKey,
  ]);
});

test('a person who does not sign is told by the authenticator’s own name, and nothing is called', async () => {
  const { dash, sent } = dashOver({ 'approvals.begin': [begins()] }, async () => {
    throw new DOMException('The person said no.', 'NotAllowedError');
  });
  expect(await failureOf(dash.wallet.withdraw(asked))).toMatchObject({
    code: 'AUTHENTICATOR_FAILED',
    details: { reason: 'NotAllowedError' },
  });
  expect(sent.map(({ path }) => path)).toEqual(['approvals.begin']);
});

test('what the server refuses to have signed is told as it refuses it', async () => {
  const { dash, signed } = dashOver({ 'approvals.begin': [() => refuses('OBJECT_NOT_FOUND', 404)] });
  expect(await failureOf(dash.wallet.withdraw(asked))).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  expect(signed).toEqual([]);
});

test('a signal gives the caller back while his authenticator waits, and nothing is called', async () => {
  const { dash, sent } = dashOver({ 'approvals.begin': [begins()] }, () => new Promise(() => undefined));
  const controller = new AbortController();
  const call = failureOf(dash.wallet.withdraw(asked, { signal: controller.signal }));
  setTimeout(() => controller.abort(), 20);
  expect(await call).toMatchObject({ code: 'CALL_ABORTED' });
  expect(sent.map(({ path }) => path)).toEqual(['approvals.begin']);
});

test('no caller is asked for a signature, and the raw client makes none', () => {
  type Asks<Path, Input> = string extends keyof Input ? never : 'approval' extends keyof Input ? Path : never;
  type AskedForOne = {
    [R in keyof Inputs]: {
      [P in keyof Inputs[R]]: Asks<`${R}.${P & string}`, Inputs[R][P]>;
    }[keyof Inputs[R]];
  }[keyof Inputs];
  expectTypeOf<AskedForOne>().toBeNever();
  expectTypeOf<'wallet.withdraw' | 'errands.confirm' | 'auth.addPasskey'>().toExtend<SignedPath>();
  expectTypeOf<'errands.post'>().not.toExtend<SignedPath>();
  type Raw = Parameters<ReturnType<typeof createErrandDash>['trpc']['wallet']['withdraw']['mutate']>[0];
  expectTypeOf<Extract<Raw['approval'], { response: unknown }>['response']>().toExtend<Assertion>();
});
