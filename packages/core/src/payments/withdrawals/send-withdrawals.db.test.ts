import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { clockCall } from '../../sweep.ts';
import { onServer, type TestCore } from '../../testing/test-core.ts';
import { listPaymentAlerts } from '../list-payment-alerts.query.ts';
import { bookOf, countTransfers, takenByTransfers } from '../testing/payout-books.ts';
import { amount, funds, type PayoutWorld, startPayoutWorld } from '../testing/payout-world.ts';
import { workWebhooks } from '../webhooks/work-webhooks.sweep.ts';
import { checkWithdrawals } from './check-withdrawals.sweep.ts';
import { claimWithdrawal } from './claim-withdrawal.command.ts';
import { sendWithdrawals } from './send-withdrawals.sweep.ts';
import { refuseSending } from './settle-withdrawal.command.ts';
import type { Withdrawal } from './withdrawal.rules.ts';

let world: PayoutWorld;
let database: PayoutWorld['database'];
let provider: PayoutWorld['provider'];
let core: PayoutWorld['core'];

beforeAll(async () => {
  world = await startPayoutWorld();
  ({ database, provider, core } = world);
});
afterAll(() => world.close());
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
  // To the kobo, and after whatever went wrong, the float is what the provider's own ledger says.
  expect(await bookOf(database.db, 'float')).toBe(await takenByTransfers(provider.payments));
});

describe('an answer that never came', () => {
  test('after the provider had taken the transfer: there is one transfer', async () => {
    const { person, withdrawal } = await world.start('success');
    await provider.plan({ kind: 'reply_lost', endpoint: 'POST /transfer', reference: withdrawal.reference });
    await sendWithdrawals(world.impatient, 100);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
    expect(await world.available(person)).toBe(funds - amount);
  });

  test.each([
    ['server_error', { status: 502 }],
    ['html_body', {}],
    ['empty_body', {}],
    ['wrong_types', {}],
  ] as const)(
    '%s after the effect, and the question about it unanswered too: one transfer',
    async (kind, given) => {
      const { person, withdrawal } = await world.start('success');
      const { reference } = withdrawal;
      await provider.plan(
        { kind, endpoint: 'POST /transfer', reference, ...given },
        { kind: 'server_error', endpoint: 'GET /transfer/verify', reference, status: 500 },
      );
      await sendWithdrawals(core, 100);
      expect(await world.stateOf(person, withdrawal)).toBe('sending');
      await sendWithdrawals(core, 100);
      expect(await world.stateOf(person, withdrawal)).toBe('sending');
      await world.pass(100);
      await world.sweepAll();
      expect(await world.stateOf(person, withdrawal)).toBe('paid');
      expect(await world.transfersOf(withdrawal)).toBe(1);
    },
  );

  test('because the request was lost: it is sent again under the same reference', async () => {
    const { person, withdrawal } = await world.start('success');
    await provider.plan({
      kind: 'request_lost',
      endpoint: 'POST /transfer',
      reference: withdrawal.reference,
    });
    await sendWithdrawals(core, 100);
    expect(await world.stateOf(person, withdrawal)).toBe('sending');
    expect(await world.transfersOf(withdrawal)).toBe(0);
    await world.pass(100);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test('"not found" right after the sending means that it is looked at: sent again it is a duplicate', async () => {
    const { person, withdrawal } = await world.start('success');
    const { reference } = withdrawal;
    await provider.plan({ kind: 'not_found', endpoint: 'GET /transfer/verify', reference, times: 3 });
    await sendWithdrawals(core, 100);
    expect(await world.stateOf(person, withdrawal)).toBe('sending');
    await world.pass(100);
    await sendWithdrawals(core, 100);
    expect(await world.stateOf(person, withdrawal)).toBe('sending');
    await world.pass(400);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test('for days is never taken for a failure: it stays, and an operator is told', async () => {
    const { person, withdrawal } = await world.start('pending');
    const told: string[] = [];
    const watched = { ...core, log: (_level: string, message: string) => told.push(message) };
    const { reference } = withdrawal;
    await provider.plan(
      { kind: 'request_lost', endpoint: 'POST /transfer', reference, times: 1000 },
      { kind: 'server_error', endpoint: 'GET /transfer/verify', reference, status: 503, times: 1000 },
    );
    for (const seconds of [0, 100, 4000, 86_400, 86_400]) {
      await world.pass(seconds);
      await sendWithdrawals(watched as unknown as TestCore, 100);
    }
    expect(await world.stateOf(person, withdrawal)).toBe('sending');
    expect(await world.available(person)).toBe(funds - amount);
    expect(told).toContain('a withdrawal has been open for long');
    const alerts = await listPaymentAlerts(core, onServer, { limit: 100 });
    expect(alerts.withdrawals.map(({ withdrawalId }) => withdrawalId)).toContain(withdrawal.id);
  });

  test('of several the newest are listed first', async () => {
    const older = await world.start('success');
    const newer = await world.start('success');
    await sql`update withdrawals set attention = 'balance_insufficient'
      where id in (${older.withdrawal.id}, ${newer.withdrawal.id})`.execute(database.owner);
    const listed = async (limit: number) => {
      const { withdrawals } = await listPaymentAlerts(core, onServer, { limit });
      return withdrawals.map(({ withdrawalId }) => withdrawalId);
    };
    expect(await listed(1)).toEqual([newer.withdrawal.id]);
    expect((await listed(2))[1]).toBe(older.withdrawal.id);
    await world.sweepAll();
  });

  test('"too many" ends the sweep, and the rest goes later', async () => {
    const first = await world.start('success');
    const second = await world.start('success');
    await provider.plan({ kind: 'limited', endpoint: 'POST /transfer', retryAfterSeconds: 5 });
    await sendWithdrawals(core, 100);
    expect([await world.transfersOf(first.withdrawal), await world.transfersOf(second.withdrawal)]).toEqual([
      0, 0,
    ]);
    await world.pass(100);
    await world.sweepAll();
    expect(await world.stateOf(first.person, first.withdrawal)).toBe('paid');
    expect(await world.stateOf(second.person, second.withdrawal)).toBe('paid');
  });
});

describe('a refusal of the provider', () => {
  test('for want of balance keeps it queued, an operator is told, and it goes when there is money', async () => {
    const { person, withdrawal } = await world.start('success');
    await provider.plan({ kind: 'balance_low', endpoint: 'POST /transfer', reference: withdrawal.reference });
    await sendWithdrawals(core, 100);
    expect(await world.current(person, withdrawal)).toMatchObject({
      state: 'requested',
      attention: 'balance_insufficient',
    });
    expect(await world.available(person)).toBe(funds - amount);
    const alerts = await listPaymentAlerts(core, onServer, { limit: 100 });
    expect(alerts.withdrawals).toContainEqual(
      expect.objectContaining({ withdrawalId: withdrawal.id, attention: 'balance_insufficient' }),
    );
    await world.pass(70);
    await world.sweepAll();
    expect(await world.current(person, withdrawal)).toMatchObject({ state: 'paid', attention: null });
  });

  test('of the payee gives the money back, once', async () => {
    const { person, withdrawal } = await world.start();
    await sql`update withdrawals set recipient_code = 'RCP_nobody' where id = ${withdrawal.id}`.execute(
      database.owner,
    );
    await world.sweepAll();
    expect(await world.current(person, withdrawal)).toMatchObject({
      state: 'returned',
      reason: 'refused_invalid_transfer_recipient',
      nextCheckAt: null,
    });
    expect(await world.available(person)).toBe(funds);
    expect(await world.eventsOf(withdrawal)).toEqual(['withdrawal.requested', 'withdrawal.returned']);
  });

  test('of a second attempt proves nothing about the first: the money stays', async () => {
    const { person, withdrawal } = await world.start('success');
    const { reference } = withdrawal;
    await provider.plan({ kind: 'request_lost', endpoint: 'POST /transfer', reference });
    await sendWithdrawals(core, 100);
    await provider.plan({ kind: 'balance_low', endpoint: 'POST /transfer', reference });
    await world.pass(100);
    await sendWithdrawals(core, 100);
    expect(await world.stateOf(person, withdrawal)).toBe('sending');
    expect(await world.available(person)).toBe(funds - amount);
    await world.pass(400);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
  });
});

describe('a worker that dies', () => {
  const call = clockCall('withdrawal.send');
  const taken = async ({ id }: Withdrawal) => {
    const claimed = await claimWithdrawal(core, call, { withdrawalId: id, purpose: 'send' });
    if (claimed === null) throw new Error('nothing was claimed');
    return claimed;
  };
  const post = ({ amountMinor, currency, recipientCode, reference }: Withdrawal) =>
    provider.payments.paystack.initiateTransfer({ amountMinor, currency, recipientCode, reference });

  test('before the call: the next sends it, once its lease is over', async () => {
    const { person, withdrawal } = await world.start('success');
    await taken(withdrawal);
    await sendWithdrawals(core, 100);
    // Its time to be sent has come again, and yet whoever took it may still be at it.
    await world.pass(70);
    await sendWithdrawals(core, 100);
    const again = { withdrawalId: withdrawal.id, purpose: 'send' } as const;
    expect(await claimWithdrawal(core, call, again)).toBeNull();
    expect(await world.transfersOf(withdrawal)).toBe(0);
    await world.pass(100);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test('after the call: the next asks first and finds it', async () => {
    const { person, withdrawal } = await world.start('success');
    await taken(withdrawal);
    const { reference } = withdrawal;
    await provider.plan({ kind: 'webhook_drop', reference });
    expect(await post(withdrawal)).toMatchObject({ outcome: 'ok' });
    await provider.plan({ kind: 'balance_low', endpoint: 'POST /transfer', reference });
    await world.pass(100);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test('after the commit: the next finds nothing to send', async () => {
    const { person, withdrawal } = await world.start('success');
    await sendWithdrawals(core, 100);
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    await world.pass(100);
    expect(await sendWithdrawals(core, 100)).toBe(0);
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test('and one that is stuck and comes back late with a refusal changes nothing', async () => {
    const { person, withdrawal } = await world.start('success');
    const stuck = await taken(withdrawal);
    await world.pass(100);
    const next = await taken(withdrawal);
    expect([stuck.isFresh, next.isFresh]).toEqual([true, false]);
    const late = {
      withdrawalId: withdrawal.id,
      attempt: stuck.withdrawal.attempts,
      code: 'late',
      isBalanceLow: false,
    };
    expect((await refuseSending(core, call, late)).state).toBe('sending');
    expect((await refuseSending(core, call, { ...late, isBalanceLow: true })).state).toBe('sending');
    expect(await world.available(person)).toBe(funds - amount);
    await post(withdrawal);
    await world.pass(400);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect((await refuseSending(core, call, { ...late, attempt: 3 })).state).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });
});

describe('many workers', () => {
  test.each([2, 10])('%i workers send each withdrawal once', async (workers) => {
    const started = [];
    for (let count = 0; count < 12; count += 1) started.push(await world.start('pending_then_success'));
    await Promise.all(Array.from({ length: workers }, () => sendWithdrawals(core, 100)));
    const references = started.map(({ withdrawal }) => withdrawal.reference);
    expect(await countTransfers(provider.payments, references)).toBe(references.length);
    provider.moveClock(2);
    await provider.deliver();
    await world.pass(100);
    const sweeps = [sendWithdrawals, checkWithdrawals, workWebhooks];
    await Promise.all(Array.from({ length: workers }, () => sweeps.map((sweep) => sweep(core, 100))).flat());
    await world.sweepAll();
    for (const { person, withdrawal } of started) {
      expect(await world.stateOf(person, withdrawal)).toBe('paid');
      expect(await world.available(person)).toBe(funds - amount);
      expect((await world.eventsOf(withdrawal)).filter((name) => name === 'withdrawal.paid')).toHaveLength(1);
    }
    expect(await countTransfers(provider.payments, references)).toBe(references.length);
  });
});
