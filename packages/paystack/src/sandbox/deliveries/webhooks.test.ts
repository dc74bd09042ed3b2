import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseWebhookEvent } from '../../webhook/parse-webhook-event.ts';
import { verifyWebhookSignature } from '../../webhook/verify-webhook-signature.ts';
import type { DeliveryRecord } from '../books/records.ts';
import {
  DEMO_SECRET,
  demoReference,
  okValue,
  type ReceivedWebhook,
  type SandboxFixture,
  startSandboxFixture,
} from '../sandbox-fixture.ts';

const reference = demoReference('tu', 1);
let fixture: SandboxFixture;

beforeEach(async () => {
  fixture = await startSandboxFixture();
});
afterEach(() => fixture.close());

async function open(number = 1): Promise<string> {
  const result = await fixture.paystack.initializeTransaction({
    email: 'ada@example.test',
    amountMinor: 2_000_000n,
    currency: 'NGN',
    reference: demoReference('tu', number),
  });
  return okValue(result).authorizationUrl;
}

async function pay(number = 1): Promise<Response> {
  return fixture.act(await open(number), 'pay');
}

async function payAndWait(): Promise<ReceivedWebhook[]> {
  await pay();
  await fixture.sandbox.workUntilQuiet();
  return fixture.receiver.received;
}

async function deliveries(): Promise<DeliveryRecord[]> {
  return (await fixture.control('GET', '/sandbox/deliveries')) as DeliveryRecord[];
}

function isSigned({ rawBody, signature }: ReceivedWebhook): boolean {
  return verifyWebhookSignature({ rawBody, signature, secrets: [DEMO_SECRET] });
}

describe('a webhook', () => {
  it('comes again until it is answered with 200', async () => {
    fixture.receiver.answerWith(500);
    await pay();
    await expect.poll(() => fixture.receiver.received.length).toBeGreaterThanOrEqual(3);
    fixture.receiver.answerWith(200);
    await expect.poll(async () => (await deliveries())[0]?.state).toBe('delivered');
    const { attempts } = (await deliveries())[0] as DeliveryRecord;
    expect(fixture.receiver.received).toHaveLength(attempts);
    const bodies = new Set(fixture.receiver.received.map(({ rawBody }) => Buffer.from(rawBody).toString()));
    expect(bodies.size).toBe(1);
  });

  it('is given up after the last of 76 tries, and not earlier for a clock that jumps', async () => {
    await fixture.close();
    let now = new Date('2026-01-01T00:00:00Z');
    fixture = await startSandboxFixture({ now: () => now, retryScale: 1 });
    fixture.receiver.answerWith(503);
    await pay();
    for (let days = 0; days < 80; days += 1) {
      await fixture.sandbox.workUntilQuiet();
      now = new Date(now.getTime() + 86_400_000);
    }
    expect(fixture.receiver.received).toHaveLength(76);
    expect((await deliveries())[0]).toMatchObject({ state: 'given_up', attempts: 76, lastStatus: 503 });
  });

  it('keeps to the published pace: three minutes, and hours from the fourth try', async () => {
    await fixture.close();
    let now = new Date('2026-01-01T00:00:00Z');
    fixture = await startSandboxFixture({ now: () => now, retryScale: 1 });
    fixture.receiver.answerWith(500);
    await pay();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await fixture.sandbox.workUntilQuiet();
      const next = new Date((await deliveries())[0]?.nextAttemptAt ?? '');
      waits.push((next.getTime() - now.getTime()) / 1_000);
      now = next;
    }
    expect(waits).toEqual([180, 180, 180, 3_600, 3_600]);
  });

  it('without a receiver is noted as dropped', async () => {
    await fixture.close();
    fixture = await startSandboxFixture({ webhookUrl: null });
    await pay();
    expect((await deliveries()).map(({ state }) => state)).toEqual(['dropped']);
  });
});

describe('webhook faults', () => {
  it('dropped: the payment succeeds and nothing comes', async () => {
    await fixture.plan({ kind: 'webhook_drop' });
    expect(await payAndWait()).toEqual([]);
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).status).toBe('success');
    expect((await deliveries())[0]?.state).toBe('dropped');
  });

  it('held: nothing comes until released, then in the order asked for', async () => {
    await fixture.plan({ kind: 'webhook_hold', times: 3 });
    for (const number of [1, 2, 3]) {
      await pay(number);
    }
    await fixture.sandbox.workUntilQuiet();
    expect(fixture.receiver.received).toEqual([]);
    await fixture.control('POST', '/sandbox/webhooks/release', { order: 'reversed' });
    const references = fixture.receiver.received.map(({ rawBody }) => parseWebhookEvent(rawBody)?.reference);
    expect(references).toEqual([3, 2, 1].map((number) => demoReference('tu', number)));
  });

  it('first: the webhook arrives before the answer', async () => {
    await fixture.plan({ kind: 'webhook_first', endpoint: 'POST /checkout' });
    await pay();
    expect(fixture.receiver.received).toHaveLength(1);
  });

  it('spaced: the bytes differ from canonical JSON and the signature is over the bytes', async () => {
    await fixture.plan({ kind: 'webhook_spacing' });
    const [webhook] = await payAndWait();
    if (webhook === undefined) {
      throw new Error('No webhook came');
    }
    const text = Buffer.from(webhook.rawBody).toString();
    const canonical = JSON.stringify(JSON.parse(text));
    expect(text).not.toBe(canonical);
    expect(isSigned(webhook)).toBe(true);
    expect(isSigned({ ...webhook, rawBody: Buffer.from(canonical) })).toBe(false);
    expect(parseWebhookEvent(webhook.rawBody)?.reference).toBe(reference);
  });

  it.each(['bad', 'missing', 'uppercase', 'short'])('signed %s: refused by the check', async (signature) => {
    await fixture.plan({ kind: 'webhook_signature', signature });
    const [webhook] = await payAndWait();
    expect(webhook && isSigned(webhook)).toBe(false);
    const expected = { bad: 128, missing: undefined, uppercase: 128, short: 127 }[signature];
    expect(webhook?.signature?.length).toBe(expected);
  });

  it('of the other domain says so under a right signature', async () => {
    await fixture.plan({ kind: 'webhook_domain', domain: 'live' });
    const [webhook] = await payAndWait();
    expect(webhook && isSigned(webhook)).toBe(true);
    expect(webhook && parseWebhookEvent(webhook.rawBody)?.domain).toBe('live');
  });

  it('another amount is what was paid, in verify and in the balance too', async () => {
    await fixture.plan({ kind: 'charge_amount', amountMinor: 1_999_999, reference });
    await payAndWait();
    expect(okValue(await fixture.paystack.verifyTransaction(reference))).toMatchObject({
      status: 'success',
      amountMinor: 1_999_999n,
      requestedAmountMinor: 2_000_000n,
    });
    const [row] = okValue(await fixture.paystack.listBalanceLedger({})).items;
    expect(row?.differenceMinor).toBe(1_999_999n - 40_000n);
  });

  it('another currency is credited to the balance of that currency', async () => {
    await fixture.plan({ kind: 'charge_currency', currency: 'GHS' });
    await payAndWait();
    expect(okValue(await fixture.paystack.verifyTransaction(reference)).currency).toBe('GHS');
    expect(okValue(await fixture.paystack.fetchBalance())).toEqual([
      { currency: 'NGN', balanceMinor: 0n },
      { currency: 'GHS', balanceMinor: 1_960_000n },
    ]);
  });

  it('of test mode in live: the object is live and the webhook says test', async () => {
    await fixture.close();
    fixture = await startSandboxFixture({ secretKey: 'sk_live_demo_sandbox_only' });
    await fixture.plan({ kind: 'webhook_domain', domain: 'test' });
    const body = { email: 'ada@example.test', amount: 100, reference };
    const opened = await fixture.control('POST', '/transaction/initialize', body);
    await fixture.act((opened as { authorization_url: string }).authorization_url, 'pay');
    await fixture.sandbox.workUntilQuiet();
    const verified = await fixture.control('GET', `/transaction/verify/${reference}`);
    expect(verified).toMatchObject({ domain: 'live', status: 'success' });
    const [webhook] = fixture.receiver.received;
    expect(webhook && parseWebhookEvent(webhook.rawBody)?.domain).toBe('test');
  });
});
