import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { Refused } from '../../refusal.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../../testing/test-provider.ts';
import { createPayments } from '../payment-settings.ts';
import { checkTopUps } from './check-top-ups.sweep.ts';
import { getTopUp } from './get-top-up.query.ts';
import { startTopUp } from './start-top-up.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
let user: TestUser;
const input = { amountMinor: 20_000_00n, currency: 'NGN', email: 'ada@example.test' } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  core = createTestCore(database.db, { payments: provider.payments });
  user = await makeTestUser(core, 'demo_payer', ['sender']);
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no refusal',
    (error: unknown) => (error instanceof Refused ? error.refusal.code : String(error)),
  );
const rowOf = (id: string) =>
  database.db.selectFrom('top_ups').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const countRows = async (): Promise<number> =>
  (await database.db.selectFrom('top_ups').select('id').execute()).length;
const pass = async (seconds: number): Promise<void> => {
  await moveClock(database.owner, seconds);
  provider.moveClock(seconds);
};

describe('starting a top-up', () => {
  test('answers with the address where to pay, and keeps the payer’s email nowhere', async () => {
    const topUp = await startTopUp(core, user.call(), input);
    expect(topUp).toMatchObject({
      state: 'pending',
      amountMinor: 20_000_00n,
      userId: user.userId,
      endedAt: null,
    });
    expect(topUp.checkoutUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/checkout\//);
    expect(topUp.reference).toBe(`tu-${topUp.id}`);
    expect((await rowOf(topUp.id)).email_sealed).toBeNull();
    const { rows } = await sql<{ dump: string }>`
      select coalesce(string_agg(t::text, ''), '') as dump from top_ups t`.execute(database.db);
    expect(rows[0]?.dump).not.toContain('ada@');
  });

  test('again under the same key is the same top-up, opened once', async () => {
    const call = user.call('replay-start-1');
    const before = await countRows();
    const first = await startTopUp(core, call, input);
    expect(await startTopUp(core, call, input)).toEqual(first);
    expect(await countRows()).toBe(before + 1);
  });

  test('with the same key and another amount is refused', async () => {
    const call = user.call('other-amount-1');
    await startTopUp(core, call, input);
    expect(await codeOf(startTopUp(core, call, { ...input, amountMinor: 1_000_00n }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  test('twenty times at once under one key makes one top-up and one payment at the provider', async () => {
    const call = user.call('twenty-at-once');
    const before = await countRows();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => startTopUp(core, call, input)));
    const refusals = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason instanceof Refused && answer.reason.refusal.code] : [],
    );
    expect(refusals.every((code) => code === 'COMMAND_IN_FLIGHT')).toBe(true);
    expect(await countRows()).toBe(before + 1);
    const topUp = await startTopUp(core, call, input);
    expect(topUp).toMatchObject({ state: 'pending', checkoutUrl: expect.stringContaining('/checkout/') });
  });

  test.each([
    [99_99n, 'AMOUNT_TOO_SMALL'],
    [5_000_000_01n, 'AMOUNT_TOO_LARGE'],
  ])('of %s is refused with %s and leaves nothing behind', async (amountMinor, code) => {
    const before = await countRows();
    expect(await codeOf(startTopUp(core, user.call(), { ...input, amountMinor }))).toBe(code);
    expect(await countRows()).toBe(before);
  });

  test('in another currency than the home currency is refused and leaves nothing behind', async () => {
    const before = await countRows();
    const call = startTopUp(core, user.call(), { ...input, currency: 'USD' });
    expect(await codeOf(call)).toBe('CURRENCY_NOT_OPEN');
    expect(await countRows()).toBe(before);
  });

  test('that the provider refuses fails for good, and the same key is refused again', async () => {
    const call = user.call('refused-start-1');
    const given = { ...input, email: 'nobody' };
    expect(await codeOf(startTopUp(core, call, given))).toBe('PROVIDER_REFUSED');
    expect(await codeOf(startTopUp(core, call, given))).toBe('PROVIDER_REFUSED');
    const row = await database.db
      .selectFrom('top_ups')
      .selectAll()
      .where('state', '=', 'failed')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      reason: 'not_opened/invalid_params',
      email_sealed: null,
      checkout_url: null,
    });
    const events = await database.db
      .selectFrom('events')
      .select('name')
      .where('subject_id', '=', row.id)
      .execute();
    expect(events.map(({ name }) => name).sort()).toEqual(['topup.created', 'topup.failed']);
  });

  test('is refused to who is not signed in', async () => {
    const call = { caller: { kind: 'anonymous' as const }, idempotencyKey: 'anonymous-1', requestId: 'test' };
    expect(await codeOf(startTopUp(core, call, input))).toBe('SESSION_MISSING');
  });
});

describe('a top-up', () => {
  test('of somebody else is to a stranger what a random id is', async () => {
    const topUp = await startTopUp(core, user.call(), input);
    const stranger = await makeTestUser(core, 'demo_stranger');
    const own = { topUpId: topUp.id };
    expect((await getTopUp(core, user.call(), own)).id).toBe(topUp.id);
    expect(await codeOf(getTopUp(core, stranger.call(), own))).toBe('OBJECT_NOT_FOUND');
    const random = { topUpId: '0198c0de-0000-7000-8000-000000000001' };
    expect(await codeOf(getTopUp(core, stranger.call(), random))).toBe('OBJECT_NOT_FOUND');
  });
});

describe('the worker', () => {
  test('asks about an open top-up at 1, 5 and 15 minutes, 1 and 24 hours, then daily, and not between', async () => {
    const lonely = await createTestDatabase();
    const own = createTestCore(lonely.db, { payments: provider.payments });
    const payer = await makeTestUser(own, 'demo_lonely');
    const { id: topUpId } = await startTopUp(own, payer.call(), input);
    let passedSeconds = 0;
    const asksAfter = async (seconds: number): Promise<number> => {
      await moveClock(lonely.owner, seconds - passedSeconds);
      passedSeconds = seconds;
      return checkTopUps(own, 10);
    };
    for (const due of [60, 300, 900, 3600, 86_400, 2 * 86_400, 3 * 86_400]) {
      expect(await asksAfter(due - 30), `before ${due} s`).toBe(0);
      expect(await asksAfter(due + 10), `after ${due} s`).toBe(1);
    }
    expect(await getTopUp(own, payer.call(), { topUpId })).toMatchObject({ state: 'pending', checksMade: 7 });
    await lonely.drop();
  });
});

describe('a provider that does not answer', () => {
  test('leaves the address open, and the worker opens the payment with the same reference', async () => {
    await provider.plan({ kind: 'request_lost', endpoint: 'POST /transaction/initialize' });
    const call = user.call('lost-request-1');
    const started = await startTopUp(core, call, input);
    expect(started).toMatchObject({ state: 'created', checkoutUrl: null });
    expect((await rowOf(started.id)).email_sealed).not.toBeNull();
    expect(await startTopUp(core, call, input)).toMatchObject({ state: 'created' });
    await pass(61);
    expect(await checkTopUps(core, 100)).toBeGreaterThan(0);
    const opened = await getTopUp(core, user.call(), { topUpId: started.id });
    expect(opened).toMatchObject({ state: 'pending', reference: started.reference });
    expect(opened.checkoutUrl).not.toBeNull();
    expect((await rowOf(started.id)).email_sealed).toBeNull();
    expect(await startTopUp(core, call, input)).toEqual(opened);
  });

  test('but had opened the payment is asked about it: the reference is taken, and none other is made', async () => {
    await provider.plan({ kind: 'reply_lost', endpoint: 'POST /transaction/initialize', holdSeconds: 30 });
    const started = await startTopUp({ ...core, payments: provider.impatient }, user.call(), input);
    expect(started).toMatchObject({ state: 'created', checkoutUrl: null });
    await pass(61);
    await checkTopUps(core, 100);
    // The address was in the lost answer, so that nobody can pay: the provider says after an hour that it was abandoned.
    expect(await getTopUp(core, user.call(), { topUpId: started.id })).toMatchObject({
      state: 'pending',
      checkoutUrl: null,
    });
    await pass(3600 - 61 + 1);
    await checkTopUps(core, 100);
    expect(await getTopUp(core, user.call(), { topUpId: started.id })).toMatchObject({ state: 'abandoned' });
    // Meanwhile and after it another one may be begun.
    expect((await startTopUp(core, user.call(), input)).checkoutUrl).not.toBeNull();
  });

  test('in time leaves the caller an answer without the address, and opens the payment all the same', async () => {
    const hurried = { ...core, policy: { ...core.policy, providerWaitSeconds: 0.1 } };
    await provider.plan({ kind: 'delay', endpoint: 'POST /transaction/initialize', delaySeconds: 0.5 });
    const started = await startTopUp(hurried, user.call(), input);
    expect(started).toMatchObject({ state: 'created', checkoutUrl: null });
    const current = () => getTopUp(core, user.call(), { topUpId: started.id });
    await expect.poll(async () => (await current()).state, { timeout: 5000 }).toBe('pending');
    expect((await current()).checkoutUrl).not.toBeNull();
  });

  test.each([
    { kind: 'server_error', when: 'before_effect' },
    { kind: 'html_body', when: 'before_effect' },
    { kind: 'empty_body', when: 'before_effect' },
    { kind: 'limited', retryAfterSeconds: 2 },
  ] as const)('properly ($kind) is asked again later', async (fault) => {
    await provider.plan({ ...fault, endpoint: 'POST /transaction/initialize' });
    const started = await startTopUp(core, user.call(), input);
    expect(started).toMatchObject({ state: 'created', checkoutUrl: null });
    await pass(61);
    await checkTopUps(core, 100);
    expect(await getTopUp(core, user.call(), { topUpId: started.id })).toMatchObject({ state: 'pending' });
  });

  test('at all, for a month, fails nothing', async () => {
    const unreachable = createPayments({
      secretKey: 'sk_test_demo_provider',
      previousSecretKeys: [],
      baseUrl: 'http://127.0.0.1:9',
      timeoutSeconds: 1,
    });
    const away = { ...core, payments: unreachable };
    const started = await startTopUp(away, user.call(), input);
    for (let day = 0; day < 30; day += 1) {
      await pass(86_400);
      while ((await checkTopUps(away, 100)) > 0);
    }
    expect(await getTopUp(away, user.call(), { topUpId: started.id })).toMatchObject({ state: 'created' });
    await pass(86_400);
    await checkTopUps(core, 100);
    expect(await getTopUp(core, user.call(), { topUpId: started.id })).toMatchObject({ state: 'pending' });
  });
});

test('after all of it the invariants hold', async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});
