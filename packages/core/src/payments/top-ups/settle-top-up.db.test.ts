import { createDb, readBalances, trialBalance } from '@errand-dash/db';
import { createFaultyPool, createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../../testing/test-provider.ts';
import { providerCall } from '../provider-call.ts';
import { checkTopUps } from './check-top-ups.sweep.ts';
import { confirmTopUp } from './confirm-top-up.ts';
import { getTopUp } from './get-top-up.query.ts';
import { settleTopUp } from './settle-top-up.command.ts';
import { startTopUp } from './start-top-up.ts';
import type { ProviderPayment, TopUp } from './top-up.rules.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
const amountMinor = 20_000_00n;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  core = createTestCore(database.db, { payments: provider.payments });
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
const availableOf = async (user: TestUser): Promise<bigint> => {
  const name = { purpose: 'available', ownerId: user.userId, currency: 'NGN' } as const;
  return (await readBalances(database.db, [name]))[0] ?? -1n;
};
const suspenseOf = async (currency: string): Promise<bigint> =>
  (await readBalances(database.db, [{ purpose: 'suspense', ownerId: null, currency }]))[0] ?? -1n;
const stateOf = async (user: TestUser, topUp: TopUp) =>
  (await getTopUp(core, user.call(), { topUpId: topUp.id })).state;
const eventsOf = async (topUp: TopUp): Promise<string[]> => {
  const events = database.db.selectFrom('events').select('name').where('subject_id', '=', topUp.id);
  return (await events.orderBy('id').execute()).map(({ name }) => name);
};
const pass = async (seconds: number): Promise<void> => {
  await moveClock(database.owner, seconds);
  provider.moveClock(seconds);
};

describe('a paid top-up', () => {
  test('is credited in full, the fee is booked, and its owner is told', async () => {
    const { user, topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'pay');
    const confirmation = await confirmTopUp(core, topUp.reference);
    expect(confirmation).toMatchObject({
      outcome: 'answered',
      topUp: { state: 'succeeded', checkoutUrl: null },
    });
    expect(await availableOf(user)).toBe(amountMinor);
    expect(await eventsOf(topUp)).toEqual(['topup.created', 'topup.succeeded']);
    const [set] = await database.db
      .selectFrom('transfer_sets')
      .selectAll()
      .where('cause_id', '=', topUp.id)
      .execute();
    expect(set).toMatchObject({ kind: 'top_up.credit', authority_kind: 'provider' });
    expect(set?.authority_reference).toBe(set?.provider_reference);
    expect(set?.provider_reference).toMatch(/^transaction\/\d+$/);
    const book = await trialBalance(database.db);
    const of = (purpose: string) => book.find((line) => line.purpose === purpose)?.totalMinor;
    expect(of('provider_fees')).toBe(-400_00n);
    expect(of('unsettled')).toBe(-(amountMinor - 400_00n));
  });

  test('is credited once, however often and from however many sides it is confirmed', async () => {
    const { user, topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'pay');
    const answers = await Promise.all(Array.from({ length: 100 }, () => confirmTopUp(core, topUp.reference)));
    expect(
      answers.every((answer) => answer.outcome === 'answered' && answer.topUp.state === 'succeeded'),
    ).toBe(true);
    expect(await availableOf(user)).toBe(amountMinor);
    expect(await eventsOf(topUp)).toEqual(['topup.created', 'topup.succeeded']);
  });

  test('before it is paid moves nothing', async () => {
    const { user, topUp } = await start();
    expect(await confirmTopUp(core, topUp.reference)).toMatchObject({ topUp: { state: 'pending' } });
    expect(await availableOf(user)).toBe(0n);
  });
});

describe('a payment that does not match', () => {
  test.each([
    [{ kind: 'charge_amount', amountMinor: 19_999_99 }, 'amount_too_small', 'NGN', 19_999_99n],
    [
      { kind: 'charge_amount', amountMinor: 5_00_00, requestedAmountMinor: 5_00_00 },
      'requested_amount_differs',
      'NGN',
      5_00_00n,
    ],
    [{ kind: 'charge_currency', currency: 'USD' }, 'currency_differs', 'USD', 20_000_00n],
  ] as const)('%o lies in suspense as %s', async (fault, reason, currency, paidMinor) => {
    const { user, topUp } = await start();
    const before = await suspenseOf(currency);
    await provider.plan({ ...fault, reference: topUp.reference });
    await provider.act(topUp.checkoutUrl, 'pay');
    await confirmTopUp(core, topUp.reference);
    await confirmTopUp(core, topUp.reference);
    expect(await getTopUp(core, user.call(), { topUpId: topUp.id })).toMatchObject({
      state: 'mismatched',
      reason,
    });
    expect(await availableOf(user)).toBe(0n);
    expect((await suspenseOf(currency)) - before).toBe(paidMinor);
    expect(await eventsOf(topUp)).toEqual(['topup.created', 'topup.mismatched']);
  });

  test('of the other mode is not believed', async () => {
    const { user, topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'pay');
    const live = { ...core, payments: { ...core.payments, mode: 'live' as const } };
    expect(await confirmTopUp(live, topUp.reference)).toMatchObject({ topUp: { state: 'pending' } });
    expect(await availableOf(user)).toBe(0n);
  });
});

describe('the order of what happens', () => {
  test('a declined payment fails the top-up, and a later success of it still credits, once', async () => {
    const { user, topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'decline');
    await confirmTopUp(core, topUp.reference);
    expect(await stateOf(user, topUp)).toBe('failed');
    const payment: ProviderPayment = {
      id: '77001',
      domain: 'test',
      status: 'success',
      reference: topUp.reference,
      amountMinor,
      requestedAmountMinor: amountMinor,
      currency: 'NGN',
      feesMinor: 400_00n,
    };
    const call = providerCall('transaction/77001');
    for (let count = 0; count < 3; count += 1) await settleTopUp(core, call, { payment });
    expect(await stateOf(user, topUp)).toBe('succeeded');
    await settleTopUp(core, call, { payment: { ...payment, status: 'reversed' } });
    await settleTopUp(core, call, { payment: { ...payment, status: 'failed' } });
    expect(await stateOf(user, topUp)).toBe('succeeded');
    expect(await availableOf(user)).toBe(amountMinor);
    expect(await eventsOf(topUp)).toEqual(['topup.created', 'topup.failed', 'topup.succeeded']);
  });

  test('a person who comes back after the top-up was abandoned is credited by the next question', async () => {
    const { user, topUp } = await start();
    await pass(3700);
    while ((await checkTopUps(core, 100)) > 0);
    expect(await stateOf(user, topUp)).toBe('abandoned');
    expect((await getTopUp(core, user.call(), { topUpId: topUp.id })).endedAt).not.toBeNull();
    const checkoutUrl = topUp.checkoutUrl;
    await provider.act(checkoutUrl, 'abandon');
    await provider.act(checkoutUrl, 'pay');
    await pass(86_400);
    while ((await checkTopUps(core, 100)) > 0);
    expect(await stateOf(user, topUp)).toBe('succeeded');
    expect(await availableOf(user)).toBe(amountMinor);
  });

  test('a person who has not paid for half an hour has not abandoned it', async () => {
    const { user, topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'abandon');
    await pass(1800);
    while ((await checkTopUps(core, 100)) > 0);
    expect(await stateOf(user, topUp)).toBe('pending');
  });
});

describe('a fault in settling', () => {
  const faults = [1, 2, 3, 4, 5, 6].flatMap((at) => [
    { name: `the connection cut before statement ${at}`, fault: { cutAt: at, when: 'before' as const } },
    { name: `the connection cut after statement ${at}`, fault: { cutAt: at, when: 'after' as const } },
    { name: `a serialization failure at statement ${at}`, fault: { raiseAt: at, code: '40001' as const } },
    { name: `a deadlock at statement ${at}`, fault: { raiseAt: at, code: '40P01' as const } },
  ]);

  test.each(faults)('$name: the money comes once, by this try or by the next', async ({ fault }) => {
    const { user, topUp } = await start();
    await provider.act(topUp.checkoutUrl, 'pay');
    const { pool, hasStruck, statements } = createFaultyPool(database.applicationUrl, fault);
    const db = createDb(pool);
    // What happens when the process dies between the provider's answer and the commit looks the same from here.
    await confirmTopUp({ ...core, db }, topUp.reference).catch(() => undefined);
    await db.destroy();
    expect(hasStruck(), statements.join('\n')).toBe(true);
    await confirmTopUp(core, topUp.reference);
    expect(await availableOf(user)).toBe(amountMinor);
    expect(await eventsOf(topUp)).toEqual(['topup.created', 'topup.succeeded']);
  });
});

describe('a fault in opening', () => {
  const cuts = Array.from({ length: 16 }, (_, index) => index + 1);

  test.each(cuts)(
    'the connection cut after statement %i: one top-up, and it can be paid or ends',
    async (at) => {
      const user = await makeTestUser(core, `demo_cut_${at}`);
      const { pool, hasStruck } = createFaultyPool(database.applicationUrl, { cutAt: at, when: 'after' });
      const db = createDb(pool);
      const call = user.call('cut-while-starting');
      const input = { amountMinor, currency: 'NGN', email: 'ada@example.test' } as const;
      await startTopUp({ ...core, db }, call, input).catch(() => undefined);
      await db.destroy();
      expect(hasStruck()).toBe(true);
      const topUp = await startTopUp(core, call, input);
      const rows = await database.db
        .selectFrom('top_ups')
        .select('id')
        .where('user_id', '=', user.userId)
        .execute();
      expect(rows).toEqual([{ id: topUp.id }]);
      if (topUp.checkoutUrl === null) return expect(topUp.state).toMatch(/created|pending/);
      await provider.act(topUp.checkoutUrl, 'pay');
      await confirmTopUp(core, topUp.reference);
      expect(await availableOf(user)).toBe(amountMinor);
    },
  );
});

test('after all of it the invariants hold and the book sums to zero', async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
  const book = await trialBalance(database.db);
  for (const currency of ['NGN', 'USD']) {
    const sum = book
      .filter((line) => line.currency === currency)
      .reduce((total, line) => total + line.totalMinor, 0n);
    expect(sum).toBe(0n);
  }
});
