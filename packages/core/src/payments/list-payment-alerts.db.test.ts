import { createHmac } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { createTestCore, makeTestUser, moveClock, onServer, type TestCore } from '../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../testing/test-provider.ts';
import { listPaymentAlerts } from './list-payment-alerts.query.ts';
import { confirmTopUp } from './top-ups/confirm-top-up.ts';
import { startTopUp } from './top-ups/start-top-up.ts';
import { receiveWebhook } from './webhooks/receive-webhook.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  core = createTestCore(database.db, { payments: provider.payments });
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

test('what only a person can end is listed, and what is well is not', async () => {
  const user = await makeTestUser(core, 'demo_payer');
  const input = { amountMinor: 20_000_00n, currency: 'NGN', email: 'ada@example.test' } as const;
  const start = (key: string) => startTopUp(core, user.call(key), input);
  const [wrong, right, silent] = [
    await start('wrong-key-1'),
    await start('right-key-1'),
    await start('silent-key-1'),
  ];
  await provider.plan({ kind: 'charge_currency', currency: 'USD', reference: wrong.reference });
  for (const { checkoutUrl } of [wrong, right]) await provider.act(checkoutUrl, 'pay');
  for (const { reference } of [wrong, right]) await confirmTopUp(core, reference);
  const rawBody = Buffer.from('{"event":"charge.dispute.create","data":{}}');
  const signature = createHmac('sha512', 'sk_test_demo_provider').update(rawBody).digest('hex');
  await receiveWebhook(core, { rawBody, signature });

  expect((await listPaymentAlerts(core, onServer, { limit: 10 })).silent).toEqual([]);
  await moveClock(database.owner, core.policy.topUp.alertAfterSeconds + 1);
  expect(await listPaymentAlerts(core, onServer, { limit: 10 })).toMatchObject({
    mismatched: [
      {
        topUpId: wrong.id,
        reason: 'currency_differs',
        currency: 'NGN',
        askedMinor: 20_000_00n,
        paidCurrency: 'USD',
        paidMinor: 20_000_00n,
      },
    ],
    silent: [{ topUpId: silent.id, state: 'pending' }],
    setAside: [{ reason: 'unknown_kind', event: 'charge.dispute.create' }],
  });
  for (const call of [user.call(), { ...user.call(), caller: { kind: 'anonymous' as const } }]) {
    expect((await refusalOf(listPaymentAlerts(core, call, { limit: 10 }))).code).toBe('ROLE_MISSING');
  }
});
