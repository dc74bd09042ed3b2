import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseWebhookEvent } from '../webhook/parse-webhook-event.ts';
import { verifyWebhookSignature } from '../webhook/verify-webhook-signature.ts';
import {
  DEMO_SECRET,
  demoReference,
  okValue,
  type SandboxFixture,
  startSandboxFixture,
} from './sandbox-fixture.ts';

const reference = demoReference('tu', 1);
let fixture: SandboxFixture;

beforeEach(async () => {
  fixture = await startSandboxFixture();
});
afterEach(() => fixture.close());

async function open(more: { callbackUrl?: string; amountMinor?: bigint } = {}): Promise<string> {
  const result = await fixture.paystack.initializeTransaction({
    email: 'ada@example.test',
    amountMinor: 2_000_000n,
    currency: 'NGN',
    reference,
    ...more,
  });
  return okValue(result).authorizationUrl;
}

describe('a payment', () => {
  it('goes from the checkout page to three signed webhooks to a verified success', async () => {
    await fixture.plan({ kind: 'webhook_duplicate', arrivals: 3, reference });
    const authorizationUrl = await open();

    const page = await (await fetch(authorizationUrl)).text();
    expect(page).toContain('NGN 20,000.00');
    expect(page).toContain(reference);
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('ongoing');

    await fixture.act(authorizationUrl, 'pay');
    await fixture.sandbox.workUntilQuiet();

    expect(fixture.receiver.received).toHaveLength(3);
    for (const { rawBody, signature } of fixture.receiver.received) {
      expect(verifyWebhookSignature({ rawBody, signature, secrets: [DEMO_SECRET] })).toBe(true);
      expect(parseWebhookEvent(rawBody)).toMatchObject({
        event: 'charge.success',
        domain: 'test',
        reference,
      });
    }
    expect(okValue(await fixture.paystack.verifyTransaction(reference))).toMatchObject({
      status: 'success',
      amountMinor: 2_000_000n,
      requestedAmountMinor: 2_000_000n,
      currency: 'NGN',
      feesMinor: 40_000n,
      domain: 'test',
    });
  });

  it('is paid once however often the form is submitted', async () => {
    const authorizationUrl = await open();
    const answers = await Promise.all(Array.from({ length: 10 }, () => fixture.act(authorizationUrl, 'pay')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(303));
    await fixture.sandbox.workUntilQuiet();
    expect(fixture.receiver.received).toHaveLength(1);
    expect(okValue(await fixture.paystack.fetchBalance())).toEqual([
      { currency: 'NGN', balanceMinor: 1_960_000n },
    ]);
  });

  it('credits the balance less the fees in step with the ledger', async () => {
    await fixture.act(await open(), 'pay');
    const transaction = okValue(await fixture.paystack.verifyTransaction(reference));
    expect(okValue(await fixture.paystack.listBalanceLedger({})).items).toEqual([
      {
        id: expect.any(String),
        currency: 'NGN',
        differenceMinor: 1_960_000n,
        balanceMinor: 1_960_000n,
        reason: '',
        modelResponsible: 'Transaction',
        modelRow: transaction.id,
        createdAt: expect.any(Date),
      },
    ]);
  });

  it('that is declined stays failed, sends nothing and credits nothing', async () => {
    const authorizationUrl = await open();
    await fixture.act(authorizationUrl, 'decline');
    await fixture.act(authorizationUrl, 'pay');
    await fixture.sandbox.workUntilQuiet();
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('failed');
    expect(fixture.receiver.received).toEqual([]);
    expect(okValue(await fixture.paystack.fetchBalance())).toEqual([{ currency: 'NGN', balanceMinor: 0n }]);
  });

  it('that was abandoned can still be paid', async () => {
    const authorizationUrl = await open();
    await fixture.act(authorizationUrl, 'abandon');
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('abandoned');
    await fixture.act(authorizationUrl, 'pay');
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('success');
  });

  it('sends the customer back to the merchant with the reference, but only once it is over', async () => {
    const authorizationUrl = await open({ callbackUrl: 'https://shop.example.test/done?x=1' });
    const abandoned = await fixture.act(authorizationUrl, 'abandon');
    expect(abandoned.headers.get('location')).toMatch(/^\/checkout\//);
    const paid = await fixture.act(authorizationUrl, 'pay');
    expect(paid.status).toBe(303);
    expect(paid.headers.get('location')).toBe(
      `https://shop.example.test/done?x=1&trxref=${reference}&reference=${reference}`,
    );
    expect(paid.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://shop.example.test;",
    );
  });

  it('escapes what the checkout page shows', async () => {
    const raw = await fetch(`${fixture.url}/transaction/initialize`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEMO_SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email: "o'neil@example.test", amount: 5 }),
    });
    const { data } = (await raw.json()) as { data: { authorization_url: string } };
    const page = await (await fetch(data.authorization_url)).text();
    expect(page).toContain('o&#39;neil@example.test');
    expect(page).toContain('NGN 0.05');
  });

  it('has no checkout page under a guessed code', async () => {
    await open();
    expect((await fetch(`${fixture.url}/checkout/guess`)).status).toBe(404);
    expect((await fixture.act(`${fixture.url}/checkout/guess`, 'pay')).status).toBe(404);
  });
});

describe('initialize', () => {
  it('refuses a reference that is taken', async () => {
    await open();
    const again = await fixture.paystack.initializeTransaction({
      email: 'ada@example.test',
      amountMinor: 1n,
      currency: 'NGN',
      reference,
    });
    expect(again).toMatchObject({
      outcome: 'refused',
      reason: 'duplicate_reference',
      httpStatus: 400,
      code: 'duplicate_reference',
    });
  });

  it('refuses an address that is none with a validation error', async () => {
    const result = await fixture.paystack.initializeTransaction({
      email: 'nobody',
      amountMinor: 100n,
      currency: 'NGN',
      reference,
    });
    expect(result).toMatchObject({ outcome: 'refused', reason: 'input_invalid', type: 'validation_error' });
  });

  const bodies: [string, object][] = [
    ['no email', { amount: 100 }],
    ['no amount', { email: 'ada@example.test' }],
    ['zero', { email: 'ada@example.test', amount: 0 }],
    ['a negative amount', { email: 'ada@example.test', amount: -1 }],
    ['a fraction', { email: 'ada@example.test', amount: 0.1 }],
    ['an amount in a string', { email: 'ada@example.test', amount: '100' }],
    ['an unsafe integer', { email: 'ada@example.test', amount: 2 ** 53 }],
    ['an unknown currency', { email: 'ada@example.test', amount: 100, currency: 'EUR' }],
    ['an underscore in the reference', { email: 'ada@example.test', amount: 100, reference: 'a_b' }],
    ['a script as callback', { email: 'ada@example.test', amount: 100, callback_url: 'javascript:alert(1)' }],
    ['an unknown channel', { email: 'ada@example.test', amount: 100, channels: ['cash'] }],
    ['metadata that is no object', { email: 'ada@example.test', amount: 100, metadata: [1] }],
  ];
  it.each(bodies)('answers %s with 400 and the error envelope', async (_name, body) => {
    const response = await fetch(`${fixture.url}/transaction/initialize`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEMO_SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      status: false,
      message: expect.any(String),
      meta: { nextStep: expect.any(String) },
      type: 'validation_error',
      code: 'invalid_params',
    });
  });

  it('takes a form, as the vendor does', async () => {
    const response = await fetch(`${fixture.url}/transaction/initialize`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEMO_SECRET}` },
      body: new URLSearchParams({ email: 'ada@example.test', amount: '100', reference }),
    });
    expect(response.status).toBe(200);
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).amountMinor).toBe(100n);
  });

  it('answers what is not JSON with 400 in JSON', async () => {
    const response = await fetch(`${fixture.url}/transaction/initialize`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEMO_SECRET}`, 'content-type': 'application/json' },
      body: '{"email":',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ status: false, type: 'validation_error' });
  });
});

describe('the key', () => {
  it.each([
    ['none', {}],
    ['another', { authorization: 'Bearer sk_test_other' }],
    ['one without Bearer', { authorization: DEMO_SECRET }],
  ])('%s is answered with 401 everywhere but on the checkout page', async (_name, headers) => {
    for (const path of ['/balance', '/transaction', '/sandbox/faults', '/nowhere']) {
      const response = await fetch(`${fixture.url}${path}`, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ status: false });
    }
  });
});

describe('time', () => {
  it('abandons a payment that nobody finished within the session', async () => {
    await fixture.close();
    let now = new Date('2026-01-01T00:00:00Z');
    fixture = await startSandboxFixture({ now: () => now, sessionTimeoutSeconds: 600 });
    const authorizationUrl = await open();
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('pending');
    now = new Date('2026-01-01T00:10:00Z');
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('abandoned');
    await fixture.act(authorizationUrl, 'pay');
    expect(okValue(await fixture.paystack.verifyTransaction(reference))).toMatchObject({
      status: 'success',
      paidAt: now,
    });
  });

  it('moves by the control port only where that was allowed', async () => {
    await expect(fixture.control('POST', '/sandbox/clock', { offsetSeconds: 60 })).rejects.toThrow('403');
    await fixture.close();
    fixture = await startSandboxFixture({
      now: () => new Date('2026-01-01T00:00:00Z'),
      isClockAdjustable: true,
    });
    await fixture.control('POST', '/sandbox/clock', { offsetSeconds: 86_400 });
    await open();
    const { createdAt } = okValue(await fixture.paystack.verifyTransaction(reference));
    expect(createdAt).toEqual(new Date('2026-01-02T00:00:00Z'));
  });
});

describe('held settlement', () => {
  it('keeps takings out of the balance until they are settled, once', async () => {
    await fixture.close();
    fixture = await startSandboxFixture({ isSettlementHeld: true });
    await fixture.act(await open(), 'pay');
    expect(okValue(await fixture.paystack.fetchBalance())[0]?.balanceMinor).toBe(0n);
    await fixture.control('POST', '/sandbox/settle', {});
    await fixture.control('POST', '/sandbox/settle', {});
    expect(okValue(await fixture.paystack.fetchBalance())[0]?.balanceMinor).toBe(1_960_000n);
    expect(okValue(await fixture.paystack.listBalanceLedger({})).items).toHaveLength(1);
  });
});
