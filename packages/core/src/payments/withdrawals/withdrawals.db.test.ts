import { checkInvariants, inTransaction } from '@errand-dash/db';
import type { TransferOutcome } from '@errand-dash/paystack';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeTestUser } from '../../testing/test-core.ts';
import { getBalances } from '../../wallet/index.ts';
import { bookOf, payoutOf, takenByTransfers } from '../testing/payout-books.ts';
import { removeAccount, signWithdrawal, withdrawNow } from '../testing/payout-person.ts';
import { amount, funds, type PayoutWorld, startPayoutWorld } from '../testing/payout-world.ts';
import { workWebhooks } from '../webhooks/work-webhooks.sweep.ts';
import { confirmWithdrawal } from './confirm-withdrawal.ts';
import { getWithdrawal } from './get-withdrawal.query.ts';
import { listWithdrawals } from './list-withdrawals.query.ts';
import { sendWithdrawals } from './send-withdrawals.sweep.ts';
import { withdraw } from './withdraw.command.ts';
import type { Withdrawal } from './withdrawal.rules.ts';
import { withdrawalInvariants } from './withdrawal-invariants.ts';

let world: PayoutWorld;
let database: PayoutWorld['database'];
let provider: PayoutWorld['provider'];
let core: PayoutWorld['core'];
/** What the provider takes of a transfer of that amount. */
const fee = 25_00n;

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

describe('a withdrawal', () => {
  test('is held, sent after the commit, confirmed by webhook, and settled with the fee as it really was', async () => {
    const { person, withdrawal } = await world.start('pending_then_success');
    const fees = await bookOf(database.db, 'provider_fees');
    expect(withdrawal).toMatchObject({ state: 'requested', reference: `wd-${withdrawal.id}` });
    expect(core.woken).toContain('send-withdrawals');
    expect(await world.available(person)).toBe(funds - amount);
    expect(await payoutOf(database.db, withdrawal.id)).toBe(amount);
    expect(await world.transfersOf(withdrawal)).toBe(0);

    await sendWithdrawals(core, 100);
    expect(await world.stateOf(person, withdrawal)).toBe('sent');
    expect(await payoutOf(database.db, withdrawal.id)).toBe(amount);
    expect((await bookOf(database.db, 'provider_fees')) - fees).toBe(-fee);
    expect(await getBalances(core, person.call(), {})).toMatchObject([
      { availableMinor: funds - amount, onTheWayMinor: amount },
    ]);

    provider.moveClock(2);
    await provider.deliver();
    await workWebhooks(core, 100);
    const settled = await world.current(person, withdrawal);
    expect(settled).toMatchObject({ state: 'paid', transfer: { status: 'success', feeMinor: fee } });
    expect(settled.endedAt).not.toBeNull();
    expect(await payoutOf(database.db, withdrawal.id)).toBe(0n);
    expect(await world.available(person)).toBe(funds - amount);
    expect(await getBalances(core, person.call(), {})).toMatchObject([{ onTheWayMinor: 0n }]);
    expect(await world.eventsOf(withdrawal)).toEqual([
      'withdrawal.requested',
      'withdrawal.sent',
      'withdrawal.paid',
    ]);
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test.each([
    ['somebody else’s money', 'withdrawal.hold', 'debit_account_id', 'available'],
    ['the payout of another', 'withdrawal.hold', 'credit_account_id', 'payout'],
  ])('is found out where it moved %s', async (_, kind, side, purpose) => {
    const { withdrawal } = await world.start('success');
    const found = Promise.withResolvers<unknown[][]>();
    const undone = inTransaction(database.owner, async (tx) => {
      await sql`alter table transfers disable trigger user`.execute(tx);
      await sql`alter table accounts disable trigger user`.execute(tx);
      await sql`update accounts set owner_id = 'another' where id = (select ${sql.id(side)} from transfers
        where kind = ${kind} and cause_id = ${withdrawal.id})`.execute(tx);
      const broken = await checkInvariants(tx, withdrawalInvariants);
      found.resolve(broken.map(({ row }) => [row.withdrawal_id, row.purpose, row.owner_id]));
      throw new Error('undone');
    });
    await undone.catch((error: Error) => found.reject(error));
    expect(await found.promise).toContainEqual([withdrawal.id, purpose, 'another']);
  });

  test('is sent by one sweep and never again', async () => {
    const { withdrawal } = await world.start('success');
    await world.sweepAll();
    for (const seconds of [100, 4000, 90_000]) {
      await world.pass(seconds);
      await world.sweepAll();
    }
    expect(await world.transfersOf(withdrawal)).toBe(1);
  });

  test('is listed, newest first, page by page, to its owner alone', async () => {
    const { person, withdrawal: first } = await world.start();
    const second = await withdrawNow(core, person, 100_00n);
    const newest = await listWithdrawals(core, person.call(), { limit: 1 });
    expect(newest.withdrawals.map(({ id }) => id)).toEqual([second.id]);
    const older = await listWithdrawals(core, person.call(), { limit: 5, cursor: newest.nextCursor ?? '' });
    expect(older).toMatchObject({ withdrawals: [{ id: first.id }], nextCursor: null });
    const stranger = await makeTestUser(core, 'demo_stranger');
    expect(await listWithdrawals(core, stranger.call(), { limit: 5 })).toEqual({
      withdrawals: [],
      nextCursor: null,
    });
    const asStranger = getWithdrawal(core, stranger.call(), { withdrawalId: first.id });
    expect((await refusalOf(asStranger)).code).toBe('OBJECT_NOT_FOUND');
    await world.sweepAll();
  });

  test.each([
    ['under the minimum', 99_99n, 'AMOUNT_TOO_SMALL'],
    ['over the maximum', 5_000_000_01n, 'AMOUNT_TOO_LARGE'],
    ['of more than there is', funds + 1n, 'FUNDS_INSUFFICIENT'],
  ])('%s is refused and moves nothing', async (_name, amountMinor, code) => {
    const person = await world.makePerson();
    expect((await refusalOf(withdrawNow(core, person, amountMinor))).code).toBe(code);
    expect(await world.available(person)).toBe(funds);
    expect(await listWithdrawals(core, person.call(), { limit: 5 })).toMatchObject({ withdrawals: [] });
  });

  test('to an account that was removed since it was signed is refused', async () => {
    const person = await world.makePerson();
    const call = person.call();
    const input = await signWithdrawal(core, person, call, amount);
    await removeAccount(core, person, person.payoutAccountId);
    expect((await refusalOf(withdraw(core, call, input))).code).toBe('OBJECT_NOT_FOUND');
    expect(await world.available(person)).toBe(funds);
  });

  test('that is under way goes to its account although that is removed', async () => {
    const { person, withdrawal } = await world.start('success');
    await removeAccount(core, person, person.payoutAccountId);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
  });
});

describe('what becomes of a transfer', () => {
  const outcomes: [TransferOutcome, Withdrawal['state'], bigint][] = [
    ['success', 'paid', amount],
    ['pending_then_success', 'paid', amount],
    ['pending', 'sent', amount],
    ['otp', 'sent', amount],
    ['received', 'sent', amount],
    ['failed', 'returned', 0n],
    ['reversed', 'returned', 0n],
    ['abandoned', 'returned', 0n],
    ['blocked', 'returned', 0n],
    ['rejected', 'returned', 0n],
    ['success_then_reversed', 'returned', 0n],
  ];

  test.each(outcomes)(
    '%s: %s, found by asking although every webhook is lost',
    async (outcome, state, gone) => {
      const { person, withdrawal } = await world.start(outcome);
      await provider.plan({ kind: 'webhook_drop', reference: withdrawal.reference, times: 10 });
      await sendWithdrawals(core, 100);
      for (let step = 0; step < 3; step += 1) {
        provider.moveClock(2);
        await provider.deliver();
        await world.pass(4000);
        await world.sweepAll();
      }
      expect(await world.stateOf(person, withdrawal)).toBe(state);
      expect(await world.available(person)).toBe(funds - gone);
      expect(await payoutOf(database.db, withdrawal.id)).toBe(state === 'sent' ? amount : 0n);
      expect(await world.transfersOf(withdrawal)).toBe(1);
      const last = (await world.eventsOf(withdrawal)).at(-1);
      expect(last).toBe(`withdrawal.${state}`);
    },
  );

  test.each(outcomes)('%s: %s, with every webhook three times', async (outcome, state, gone) => {
    const { person, withdrawal } = await world.start(outcome);
    await provider.plan({
      kind: 'webhook_duplicate',
      reference: withdrawal.reference,
      arrivals: 3,
      times: 10,
    });
    await sendWithdrawals(core, 100);
    for (let step = 0; step < 3; step += 1) {
      provider.moveClock(2);
      await provider.deliver();
      await world.sweepAll();
    }
    // Of most of them there is no webhook, and the schedule finds out.
    await world.pass(4000);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe(state);
    expect(await world.available(person)).toBe(funds - gone);
  });

  test('paid and then sent back gives the money back once, told ten times from ten sides', async () => {
    const { person, withdrawal } = await world.start('success');
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.available(person)).toBe(funds - amount);
    await provider.moveTransfer(withdrawal.reference, 'reversed');
    await provider.deliver();
    await Promise.all([
      ...Array.from({ length: 10 }, () => confirmWithdrawal(core, withdrawal.reference)),
      workWebhooks(core, 100),
    ]);
    for (let count = 0; count < 10; count += 1) await confirmWithdrawal(core, withdrawal.reference);
    expect(await world.current(person, withdrawal)).toMatchObject({ state: 'reversed', reason: 'reversed' });
    expect(await world.available(person)).toBe(funds);
    expect((await world.eventsOf(withdrawal)).filter((name) => name === 'withdrawal.reversed')).toHaveLength(
      1,
    );
  });

  test('paid, then sent back days later while its webhook is lost, is found by asking', async () => {
    const { person, withdrawal } = await world.start('success');
    await world.sweepAll();
    await provider.plan({ kind: 'webhook_drop', reference: withdrawal.reference, times: 10 });
    await provider.moveTransfer(withdrawal.reference, 'reversed');
    await world.pass(3 * 86_400);
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('reversed');
    expect(await world.available(person)).toBe(funds);
  });

  test('a webhook that comes before the answer to the sending is worked, and the answer changes nothing more', async () => {
    const { person, withdrawal } = await world.start('success');
    await provider.plan({
      kind: 'webhook_first',
      endpoint: 'POST /transfer',
      reference: withdrawal.reference,
    });
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.eventsOf(withdrawal)).toEqual(['withdrawal.requested', 'withdrawal.paid']);
  });

  test('webhooks in reverse order lead to the same end', async () => {
    const { person, withdrawal } = await world.start('success_then_reversed');
    await provider.plan({ kind: 'webhook_hold', reference: withdrawal.reference, times: 10 });
    await sendWithdrawals(core, 100);
    for (let step = 0; step < 2; step += 1) {
      provider.moveClock(2);
      await provider.deliver();
    }
    await provider.release('reversed');
    await world.sweepAll();
    expect(await world.stateOf(person, withdrawal)).toMatch(/reversed|returned/);
    expect(await world.available(person)).toBe(funds);
  });
});

describe('all at once', () => {
  test('fifty withdrawals of the whole balance: one wins', async () => {
    const person = await world.makePerson();
    const calls = Array.from({ length: 50 }, () => person.call());
    const inputs = await Promise.all(calls.map((call) => signWithdrawal(core, person, call, funds)));
    const codes = await codesOf(
      calls.map((call, index) => {
        const input = inputs[index];
        return input === undefined ? Promise.reject(new Error('no input')) : withdraw(core, call, input);
      }),
    );
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'FUNDS_INSUFFICIENT')).toHaveLength(49);
    expect(await world.available(person)).toBe(0n);
    await world.sweepAll();
  });

  test('one key fifty times: one withdrawal, and that answer or "in flight"', async () => {
    const person = await world.makePerson();
    const call = person.call();
    const input = await signWithdrawal(core, person, call, amount);
    const codes = await codesOf(Array.from({ length: 50 }, () => withdraw(core, call, input)));
    expect(codes).toContain(null);
    expect(codes.filter((code) => code !== null && code !== 'COMMAND_IN_FLIGHT')).toEqual([]);
    expect(await world.available(person)).toBe(funds - amount);
    expect((await listWithdrawals(core, person.call(), { limit: 5 })).withdrawals).toHaveLength(1);
    await world.sweepAll();
  });
});
