import { createHmac } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { open } from '../../sealing.ts';
import { clockCall } from '../../sweep.ts';
import { availableOf } from '../../testing/fund-wallet.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../../testing/test-provider.ts';
import { confirmTopUp } from '../top-ups/confirm-top-up.ts';
import { startTopUp } from '../top-ups/start-top-up.ts';
import type { TopUp } from '../top-ups/top-up.rules.ts';
import { claimWebhook } from './claim-webhook.command.ts';
import { finishWebhook } from './finish-webhook.command.ts';
import { receiveWebhook, webhookPlace } from './receive-webhook.ts';
import { webhookDeliveryStates } from './webhook-delivery.machine.ts';
import { workWebhooks } from './work-webhooks.sweep.ts';

const secretKey = 'sk_test_demo_provider';
const amountMinor = 20_000_00n;
let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider({ secretKey });
  core = createTestCore(database.db, { payments: provider.payments });
});
beforeEach(() => {
  provider.deliverTo(core);
  provider.answers.length = 0;
  provider.bodies.length = 0;
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

let people = 0;
async function start(): Promise<{ user: TestUser; topUp: TopUp }> {
  people += 1;
  const user = await makeTestUser(core, `demo_payer_${people}`);
  const input = { amountMinor, currency: 'NGN', email: 'ada@example.test' } as const;
  return { user, topUp: await startTopUp(core, user.call(), input) };
}
const sign = (body: string, key = secretKey): string => createHmac('sha512', key).update(body).digest('hex');
const receive = (body: string, signature: string | undefined = sign(body)) =>
  receiveWebhook(core, { rawBody: Buffer.from(body), signature });
const rows = () => database.db.selectFrom('webhook_deliveries').selectAll().orderBy('id').execute();
const rowsOf = (reference: string) =>
  database.db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('reference', '=', reference)
    .orderBy('id')
    .execute();
const lastRow = async () => (await rows()).at(-1);
const drain = async (): Promise<void> => {
  while ((await workWebhooks(core, 100)) > 0);
};
const successBody = (reference: string, domain = 'test'): string =>
  JSON.stringify({
    event: 'charge.success',
    data: { id: 77, domain, reference, status: 'success', amount: 5 },
  });

describe('a signed webhook', () => {
  test('that comes three times is stored three times, answered 200 at once, and credits once', async () => {
    const { user, topUp } = await start();
    await provider.plan({ kind: 'webhook_duplicate', arrivals: 3, reference: topUp.reference });
    await provider.act(topUp.checkoutUrl, 'pay');
    await provider.deliver();
    expect(provider.answers).toEqual([200, 200, 200]);
    expect(await availableOf(database.db, user.userId)).toBe(0n);
    expect(core.woken).toContain('work-webhooks');
    await drain();
    expect((await rowsOf(topUp.reference)).map(({ state }) => state)).toEqual(['worked', 'worked', 'worked']);
    expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  });

  test('is stored as it came, sealed, and readable in no column', async () => {
    const body = `\n {"event":"charge.success", "data": {"domain":"test",  "reference":"tu-demo-reference-1", "customer": {"email":"ada@example.test"}}}\r\n`;
    const reception = await receive(body);
    const row = await lastRow();
    expect(reception).toEqual({ outcome: 'stored', deliveryId: row?.id });
    const place = webhookPlace(row?.id ?? '');
    expect(open(core.keyring.wrapping, place, row?.body_sealed ?? Buffer.alloc(0)).toString()).toBe(body);
    expect(() =>
      open(core.keyring.wrapping, webhookPlace('elsewhere'), row?.body_sealed ?? Buffer.alloc(0)),
    ).toThrow();
    const { rows: dump } = await sql<{ text: string }>`
      select string_agg(w::text, '') as text from webhook_deliveries w`.execute(database.db);
    expect(dump[0]?.text).not.toContain('ada@');
    expect(dump[0]?.text).not.toContain(Buffer.from('ada@').toString('hex'));
  });

  test('with spacing that no JSON writer makes is worked like any other', async () => {
    const { user, topUp } = await start();
    await provider.plan({ kind: 'webhook_spacing', reference: topUp.reference });
    await provider.act(topUp.checkoutUrl, 'pay');
    await provider.deliver();
    await drain();
    expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  });

  test('that arrives before the payer has the answer of the checkout page credits once', async () => {
    const { user, topUp } = await start();
    await provider.plan({ kind: 'webhook_first', endpoint: 'POST /checkout', reference: topUp.reference });
    await provider.act(topUp.checkoutUrl, 'pay');
    expect(provider.answers).toEqual([200]);
    await drain();
    expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  });

  test('is never believed: one that lies about a success moves nothing, is asked about for a while, and is set aside', async () => {
    const { user, topUp } = await start();
    await receive(successBody(topUp.reference));
    for (let hour = 0; hour < 6; hour += 1) {
      await drain();
      await moveClock(database.owner, 3600);
    }
    expect(await rowsOf(topUp.reference)).toMatchObject([
      { state: 'set_aside', reason: 'not_confirmed', attempts: 6 },
    ]);
    expect(await availableOf(database.db, user.userId)).toBe(0n);
  });
});

describe('a signature', () => {
  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another key', sign(successBody('tu-demo-reference-2'), 'sk_test_other')],
    ['in upper case', sign(successBody('tu-demo-reference-2')).toUpperCase()],
    ['cut short', sign(successBody('tu-demo-reference-2')).slice(0, 127)],
    ['of another body', sign(successBody('tu-demo-reference-3'))],
  ])('that is %s is unauthorized and leaves no row', async (_name, signature) => {
    const before = (await rows()).length;
    const body = Buffer.from(successBody('tu-demo-reference-2'));
    expect(await receiveWebhook(core, { rawBody: body, signature })).toEqual({ outcome: 'unauthorized' });
    expect((await rows()).length).toBe(before);
  });

  test('over the wire is refused with 401', async () => {
    for (const signature of ['bad', 'missing', 'uppercase', 'short']) {
      const { user, topUp } = await start();
      await provider.plan({ kind: 'webhook_signature', signature, reference: topUp.reference });
      await provider.act(topUp.checkoutUrl, 'pay');
      await provider.deliver();
      await drain();
      expect(await rowsOf(topUp.reference)).toEqual([]);
      expect(await availableOf(database.db, user.userId)).toBe(0n);
      await confirmTopUp(core, topUp.reference);
      expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
    }
    expect(provider.answers).toEqual([401, 401, 401, 401]);
  });

  test('of the key before is taken during a rotation, and no longer after it', async () => {
    const body = successBody('tu-demo-reference-4');
    const webhook = { rawBody: Buffer.from(body), signature: sign(body, 'sk_test_before') };
    const rotating = {
      ...core,
      payments: { ...core.payments, webhookSecrets: [secretKey, 'sk_test_before'] },
    };
    expect((await receiveWebhook(rotating, webhook)).outcome).toBe('stored');
    expect((await receiveWebhook(core, webhook)).outcome).toBe('unauthorized');
  });
});

describe('stored and never worked', () => {
  test.each([
    ['an unknown kind', { event: 'subscription.create', data: { domain: 'test', id: 5 } }, 'unknown_kind'],
    [
      'a kind whose data is a list',
      { event: 'subscription.expiring_cards', data: [{ id: 1 }] },
      'unknown_kind',
    ],
    ['the other mode', JSON.parse(successBody('tu-demo-reference-5', 'live')), 'other_mode'],
    ['no reference', { event: 'charge.success', data: { domain: 'test' } }, 'reference_missing'],
    ['no event', { data: {} }, 'malformed'],
  ])('%s', async (_name, body, reason) => {
    expect((await receive(JSON.stringify(body))).outcome).toBe('stored');
    expect(await lastRow()).toMatchObject({ state: 'set_aside', reason, next_attempt_at: null });
  });

  test.each([
    '{',
    '',
    '\u0000',
    '[]',
    '"text"',
    '{"event": "charge.success\\u0000", "data": {}}',
    `{"event":"${'x'.repeat(500)}"}`,
  ])('the signed body %j that is no event', async (body) => {
    expect((await receive(body)).outcome).toBe('stored');
    expect(await lastRow()).toMatchObject({ state: 'set_aside', reason: 'malformed', event: null });
  });

  test('a signed body that is no UTF-8', async () => {
    const rawBody = Buffer.from([0x7b, 0xff, 0xfe, 0x00]);
    const signature = createHmac('sha512', secretKey).update(rawBody).digest('hex');
    expect((await receiveWebhook(core, { rawBody, signature })).outcome).toBe('stored');
    expect(await lastRow()).toMatchObject({ state: 'set_aside', reason: 'malformed' });
  });

  test('a success of a payment that is not ours, once it is looked at', async () => {
    await receive(successBody('tu-demo-nobody-knows-this'));
    await drain();
    expect(await rowsOf('tu-demo-nobody-knows-this')).toMatchObject([
      { state: 'set_aside', reason: 'reference_unknown' },
    ]);
  });

  test('a success in test mode where money is real', async () => {
    const { user, topUp } = await start();
    const live = { ...core, payments: { ...core.payments, mode: 'live' as const } };
    provider.deliverTo(live as TestCore);
    await provider.act(topUp.checkoutUrl, 'pay');
    await provider.deliver();
    expect(provider.answers).toEqual([200]);
    while ((await workWebhooks(live, 100)) > 0);
    expect(await rowsOf(topUp.reference)).toMatchObject([
      { state: 'set_aside', reason: 'other_mode', attempts: 0 },
    ]);
    expect(await availableOf(database.db, user.userId)).toBe(0n);
  });
});

describe('the provider, asked about a webhook,', () => {
  test.each([
    { kind: 'not_found' },
    { kind: 'server_error' },
    { kind: 'html_body' },
    { kind: 'wrong_types' },
    { kind: 'limited', retryAfterSeconds: 30 },
    { kind: 'reply_lost', holdSeconds: 30 },
  ])('may fail ($kind): the delivery is tried again and credits', async (fault) => {
    const { user, topUp } = await start();
    const impatient = { ...core, payments: provider.impatient };
    await provider.act(topUp.checkoutUrl, 'pay');
    await provider.deliver();
    await provider.plan({
      ...fault,
      endpoint: 'GET /transaction/verify',
      reference: topUp.reference,
    } as never);
    while ((await workWebhooks(impatient, 100)) > 0);
    expect(await rowsOf(topUp.reference)).toMatchObject([{ state: 'waiting', attempts: 1 }]);
    expect(await availableOf(database.db, user.userId)).toBe(0n);
    await moveClock(database.owner, 9);
    expect(await workWebhooks(core, 100)).toBe(0);
    await moveClock(database.owner, 60);
    await drain();
    expect(await rowsOf(topUp.reference)).toMatchObject([{ state: 'worked', attempts: 2 }]);
    expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  });

  test('too often is left in peace: the sweep ends with the first such answer', async () => {
    const started = await Promise.all([start(), start(), start()]);
    for (const { topUp } of started) await provider.act(topUp.checkoutUrl, 'pay');
    await provider.deliver();
    await provider.plan({ kind: 'limited', endpoint: 'GET /transaction/verify', retryAfterSeconds: 30 });
    expect(await workWebhooks(core, 100)).toBe(1);
    await moveClock(database.owner, 60);
    await drain();
    for (const { user } of started) expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
  });
});

describe('a delivery that a worker has taken', () => {
  const call = clockCall('webhook.work');

  test('and another after him is the other’s to finish', async () => {
    await receive(successBody('tu-demo-taken-twice'));
    const deliveryId = (await lastRow())?.id ?? '';
    const stuck = await claimWebhook(core, call, { deliveryId });
    await moveClock(database.owner, 31);
    const second = await claimWebhook(core, call, { deliveryId });
    if (stuck === null || second === null) throw new Error('it was not taken');
    const confirmation = { outcome: 'notOurs' } as const;
    expect(await finishWebhook(core, call, { claimed: stuck, confirmation })).toBe(false);
    expect(await lastRow()).toMatchObject({ state: 'waiting', attempts: 2 });
    expect(await finishWebhook(core, call, { claimed: second, confirmation })).toBe(true);
    expect(await lastRow()).toMatchObject({ state: 'set_aside' });
  });

  test('is nobody else’s until the lease is over, and the one who comes back too late changes nothing', async () => {
    const { topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'pay');
    await provider.deliver();
    const [row] = await rowsOf(topUp.reference);
    const deliveryId = row?.id ?? '';
    const stuck = await claimWebhook(core, call, { deliveryId });
    expect(await claimWebhook(core, call, { deliveryId })).toBeNull();
    await moveClock(database.owner, 31);
    await drain();
    expect(await rowsOf(topUp.reference)).toMatchObject([{ state: 'worked', attempts: 2 }]);
    if (stuck === null) throw new Error('it was not taken');
    const late = { claimed: stuck, confirmation: { outcome: 'notOurs' as const } };
    expect(await finishWebhook(core, call, late)).toBe(false);
    expect(await rowsOf(topUp.reference)).toMatchObject([{ state: 'worked', reason: null }]);
  });
});

test('a thousand webhooks beside polling and reconciliation credit once', async () => {
  const { user, topUp } = await start();
  await provider.act(topUp.checkoutUrl, 'pay');
  await provider.deliver();
  const [body] = provider.bodies;
  if (body === undefined) throw new Error('no webhook came');
  const storing = Array.from({ length: 1000 }, () => receiveWebhook(core, body));
  const polling = Array.from({ length: 50 }, () => confirmTopUp(core, topUp.reference));
  const working = Array.from({ length: 4 }, () => workWebhooks(core, 100));
  await Promise.all([...storing, ...polling, ...working]);
  await drain();
  const deliveries = await rowsOf(topUp.reference);
  expect(deliveries).toHaveLength(1001);
  expect(new Set(deliveries.map(({ state }) => state))).toEqual(new Set(['worked']));
  expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
}, 60_000);

test('any order of the webhooks of several people credits each once', async () => {
  const started = await Promise.all([start(), start(), start()]);
  for (const { topUp } of started) {
    await provider.plan(
      { kind: 'webhook_hold', reference: topUp.reference },
      { kind: 'webhook_duplicate', arrivals: 2, reference: topUp.reference },
    );
    await provider.act(topUp.checkoutUrl, 'pay');
  }
  await provider.release('reversed');
  await drain();
  for (const { user } of started) expect(await availableOf(database.db, user.userId)).toBe(amountMinor);
});

test('the database takes the states of the machine and no other', async () => {
  const states = ['webhook_deliveries', 'top_ups'].map(async (table) => {
    const { rows: checks } = await sql<{ text: string }>`
      select pg_get_constraintdef(oid) as text from pg_constraint
      where conrelid = ${table}::regclass and conname = ${`${table}_state_check`}`.execute(database.db);
    return [...(checks[0]?.text ?? '').matchAll(/'(\w+)'/g)].map(([, state]) => state).sort();
  });
  const { topUpMachine } = await import('../top-ups/top-up.machine.ts');
  expect(await Promise.all(states)).toEqual([
    [...webhookDeliveryStates].sort(),
    Object.keys(topUpMachine).sort(),
  ]);
});

test('the application may not change what a webhook said or what a top-up asked for', async () => {
  for (const change of [
    sql`update webhook_deliveries set body_sealed = ''`,
    sql`update webhook_deliveries set reference = 'tu-another-reference'`,
    sql`delete from webhook_deliveries`,
    sql`update top_ups set amount_minor = 1`,
    sql`update top_ups set user_id = id`,
    sql`update top_ups set reference = 'tu-another-reference'`,
    sql`delete from top_ups`,
  ]) {
    await expect(change.execute(database.db)).rejects.toMatchObject({ code: '42501' });
  }
});

test('after all of it the invariants hold', async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});
