import { readBalances, trialBalance } from '@errand-dash/db';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { PROVIDER } from '../provider.ts';
import { checkWithdrawals } from '../withdrawals/check-withdrawals.sweep.ts';
import { closeDrifts } from './drifts/close-drifts.sweep.ts';
import { settleBookRows } from './settling/settle-book-rows.sweep.ts';
import {
  amountMinor,
  type BooksWorld,
  startBooksWorld,
  topUpFee,
  transferFee,
} from './testing/books-world.ts';

let world: BooksWorld;
beforeEach(async () => {
  world = await startBooksWorld();
});
afterEach(async () => {
  const violations = await checkAllInvariants(world.database.db);
  await world.close();
  expect(violations).toEqual([]);
});

const takings = amountMinor - topUpFee;
const floatOf = async (): Promise<bigint> => {
  const name = { purpose: 'float', ownerId: PROVIDER, currency: 'NGN' } as const;
  return -((await readBalances(world.database.db, [name]))[0] ?? 0n);
};
const providerBalance = async (): Promise<bigint> => {
  const answer = await world.provider.payments.paystack.fetchBalance();
  if (answer.outcome !== 'ok') throw new Error('the provider did not answer');
  return answer.value.find(({ currency }) => currency === 'NGN')?.balanceMinor ?? 0n;
};
const purposeTotal = async (purpose: string): Promise<bigint> =>
  (await trialBalance(world.database.db)).find((line) => line.purpose === purpose)?.totalMinor ?? 0n;

describe('ordinary life', () => {
  test('has no drift, and the float is the provider’s balance to the kobo', async () => {
    for (let topUp = 0; topUp < 4; topUp += 1) await world.payTopUp();
    await world.live();
    await world.reconcile();
    expect(await floatOf()).toBe(4n * takings);
    for (const outcome of ['success', 'pending_then_success', 'failed'] as const) {
      await world.sendWithdrawal(outcome);
    }
    await world.reconcile();
    world.provider.moveClock(10);
    await world.live();
    await world.reconcile();
    await world.reconcile();
    expect(await world.drifts()).toEqual([]);
    expect(await floatOf()).toBe(4n * takings - 2n * (amountMinor + transferFee));
    expect(await floatOf()).toBe(await providerBalance());
    expect(await purposeTotal('unsettled')).toBe(0n);
  });

  test('of webhooks that come three times and in the wrong order has no drift', async () => {
    await world.payTopUp({ kind: 'webhook_duplicate', arrivals: 3 });
    await world.payTopUp({ kind: 'webhook_duplicate', arrivals: 3 });
    await world.live();
    const withdrawal = await world.sendWithdrawal('pending');
    await world.provider.plan({ kind: 'webhook_hold', reference: withdrawal.reference, times: 2 });
    await world.provider.moveTransfer(withdrawal.reference, 'success');
    await world.provider.moveTransfer(withdrawal.reference, 'reversed');
    await world.provider.release('reversed');
    await world.live();
    await world.reconcile();
    await world.live();
    await world.reconcile();
    expect(await world.drifts()).toEqual([]);
    expect(await floatOf()).toBe(await providerBalance());
  });

  test('of takings that the provider still holds has no drift, until they are overdue', async () => {
    await world.close();
    world = await startBooksWorld({ isSettlementHeld: true });
    await world.payTopUp();
    await world.live();
    await world.reconcile();
    expect(await floatOf()).toBe(0n);
    expect(await purposeTotal('unsettled')).toBe(-takings);
    await world.pass(2 * 86_400 + 60);
    await world.reconcile();
    expect(await world.openDrifts()).toMatchObject([
      { kind: 'book_row_missing', money: { amountMinor: takings, currency: 'NGN' }, repair: 'operator' },
    ]);
    await world.provider.settle();
    await world.reconcile();
    expect(await world.openDrifts()).toEqual([]);
    expect(await floatOf()).toBe(takings);
  });
});

describe('a webhook that was dropped', () => {
  test('of a top-up is named with its cause and amount, and closed by the top-up’s own command', async () => {
    const topUp = await world.payTopUp({ kind: 'webhook_drop' });
    await world.live();
    await world.reconcile();
    const [found] = await world.openDrifts();
    expect(found).toMatchObject({
      kind: 'webhook_missed',
      money: { amountMinor, currency: 'NGN' },
      objects: { topUpId: topUp.id, providerReference: topUp.reference, providerStatus: 'success' },
      cause:
        'The provider says that ₦20,000.00 were paid; our top-up is pending, and no webhook has brought its word.',
      repair: 'ordinary_command',
      command: 'topup.settle',
    });
    expect(found?.objects.bookRowIds).toHaveLength(1);
    await world.reconcile();
    expect(await world.drifts()).toHaveLength(1);
    expect(await floatOf()).toBe(0n);

    expect(await closeDrifts(world.core, 10)).toBe(1);
    expect(await settleBookRows(world.core, 10)).toBe(1);
    expect(await world.drifts()).toMatchObject([{ state: 'closed', closedBy: 'topup.settle' }]);
    expect(await floatOf()).toBe(takings);
    await world.reconcile();
    expect(await world.drifts()).toHaveLength(1);
  });

  test.each([
    ['success', 'paid'],
    ['failed', 'returned'],
    ['reversed', 'returned'],
  ])('of a transfer that is %s is named, and our withdrawal becomes %s', async (status, state) => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    await world.reconcile();
    const withdrawal = await world.sendWithdrawal('pending');
    await world.provider.plan({ kind: 'webhook_drop', reference: withdrawal.reference });
    await world.provider.moveTransfer(withdrawal.reference, status);
    await world.reconcile();
    expect(await world.openDrifts()).toMatchObject([
      {
        kind: 'webhook_missed',
        money: { amountMinor, currency: 'NGN' },
        objects: { withdrawalId: withdrawal.id, providerStatus: status },
        command: 'withdrawal.settle',
      },
    ]);
    await closeDrifts(world.core, 10);
    const row = await world.database.db
      .selectFrom('withdrawals')
      .select('state')
      .where('id', '=', withdrawal.id)
      .executeTakeFirst();
    expect(row).toEqual({ state });
    await world.reconcile();
    expect(await world.drifts()).toMatchObject([{ state: 'closed', closedBy: 'withdrawal.settle' }]);
    expect(await floatOf()).toBe(await providerBalance());
  });

  test('of a reversal weeks after the payment is found by the provider’s ledger', async () => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    const withdrawal = await world.sendWithdrawal('success');
    await world.live();
    await world.reconcile();
    for (let day = 0; day < 4; day += 1) {
      await world.pass(86_400);
      while ((await checkWithdrawals(world.core, 10)) > 0);
      await world.reconcile();
    }
    await world.provider.plan({ kind: 'webhook_drop', reference: withdrawal.reference });
    await world.provider.moveTransfer(withdrawal.reference, 'reversed');
    await world.reconcile();
    expect(await world.openDrifts()).toMatchObject([
      { kind: 'webhook_missed', objects: { withdrawalId: withdrawal.id, providerStatus: 'reversed' } },
    ]);
    await closeDrifts(world.core, 10);
    expect(await world.openDrifts()).toEqual([]);
    expect(await floatOf()).toBe(await providerBalance());
  });

  test('and that arrived after all before it was looked at closes by the same command', async () => {
    await world.payTopUp({ kind: 'webhook_hold' });
    await world.reconcile();
    expect(await world.openDrifts()).toHaveLength(1);
    await world.provider.release('as_queued');
    await world.live();
    await world.reconcile();
    expect(await world.drifts()).toMatchObject([{ state: 'closed', closedBy: 'topup.settle' }]);
    expect(await closeDrifts(world.core, 10)).toBe(0);
  });

  test('but waits in our inbox is no drift', async () => {
    await world.payTopUp();
    await world.provider.deliver();
    await world.reconcile();
    expect(await world.drifts()).toEqual([]);
    await world.live();
  });

  test('is tried again while the provider does not answer', async () => {
    await world.payTopUp({ kind: 'webhook_drop' });
    await world.reconcile();
    await world.provider.plan({ kind: 'server_error', endpoint: 'GET /transaction/verify' });
    expect(await closeDrifts(world.core, 10)).toBe(1);
    expect(await closeDrifts(world.core, 10)).toBe(0);
    expect(await world.openDrifts()).toMatchObject([{ attempts: 1 }]);
    await world.pass(61);
    expect(await closeDrifts(world.core, 10)).toBe(1);
    expect(await world.openDrifts()).toEqual([]);
  });
});

describe('what only an operator can repair', () => {
  test('is a payment that is not ours: named once, and our float does not follow it', async () => {
    await world.provider.fundBalance(5_000_00n);
    await world.reconcile();
    await world.reconcile();
    const drifts = await world.drifts();
    expect(drifts).toMatchObject([
      {
        kind: 'provider_object_unknown',
        state: 'open',
        money: { amountMinor: 5_000_00n, currency: 'NGN' },
        repair: 'operator',
        command: null,
      },
    ]);
    expect(drifts[0]?.objects.providerReference).toMatch(/^sandbox-top-up-/);
    expect(drifts[0]?.objects.bookRowIds).toHaveLength(1);
    expect(await closeDrifts(world.core, 10)).toBe(0);
    expect(await floatOf()).toBe(0n);
  });

  test('is a transfer that is not ours', async () => {
    await world.provider.fundBalance(50_000_00n);
    await world.sendWithdrawal('success');
    await world.live();
    const stolen = world.lying((path, { data }) => {
      if (path !== '/transfer') return;
      for (const transfer of data) Object.assign(transfer, { reference: 'wd-stolen-0000000000', id: 77 });
    });
    await world.reconcile(stolen);
    const kinds = (await world.openDrifts()).filter(({ subject }) => subject === 'transfer/77');
    expect(kinds).toMatchObject([
      { kind: 'provider_object_unknown', money: { amountMinor: amountMinor + transferFee } },
    ]);
  });

  test.each([
    ['/transaction', { fees: 500_00 }, 'fee_differs', 100_00n],
    ['/transaction', { amount: 20_000_01 }, 'amount_differs', 1n],
    ['/transaction', { currency: 'USD' }, 'amount_differs', amountMinor],
    ['/transaction', { status: 'reversed' }, 'status_differs', amountMinor],
    ['/transaction', { status: 'failed' }, 'status_differs', amountMinor],
    ['/balance/ledger', { difference: 19_599_99 }, 'amount_differs', 1n],
    ['/balance/ledger', { difference: 19_500_00 }, 'amount_differs', 100_00n],
  ])('is a payment whose %s says %o', async (path, change, kind, minor) => {
    await world.payTopUp();
    await world.live();
    await world.reconcile(
      world.lying((asked, { data }) => {
        if (asked === path) for (const item of data) Object.assign(item, change);
      }),
    );
    const drifts = (await world.openDrifts()).filter(({ subject }) => subject.startsWith('transaction/'));
    expect(drifts).toMatchObject([{ kind, money: { amountMinor: minor }, repair: 'operator', attempts: 0 }]);
    await world.reconcile();
    if (path === '/transaction') expect(await world.openDrifts()).toEqual([]);
  });

  test('is a fee of which list and ledger say the same: one drift', async () => {
    await world.payTopUp();
    await world.live();
    await world.reconcile(
      world.lying((path, { data }) => {
        for (const item of data) {
          if (path === '/transaction') item.fees = 500_00;
          if (path === '/balance/ledger') Object.assign(item, { difference: 19_500_00, balance: 19_500_00 });
        }
      }),
    );
    expect(await world.openDrifts()).toMatchObject([
      { kind: 'fee_differs', money: { amountMinor: 100_00n } },
    ]);
    // The float is what the provider's balance is; what is missing stays visible in what is unsettled.
    expect(await floatOf()).toBe(19_500_00n);
    expect(await purposeTotal('unsettled')).toBe(-100_00n);
  });

  test.each([
    ['/transfer', { fee_charged: 30_00 }, 'fee_differs', 5_00n],
    ['/transfer', { amount: 20_000_01 }, 'amount_differs', 1n],
    ['/transfer', { status: 'pending' }, 'status_differs', amountMinor],
    ['/transfer', { status: 'failed' }, 'status_differs', amountMinor],
  ])('is a transfer whose %s says %o', async (path, change, kind, minor) => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    await world.sendWithdrawal('success');
    await world.live();
    await world.reconcile(
      world.lying((asked, { data }) => {
        if (asked === path) for (const item of data) Object.assign(item, change);
      }),
    );
    expect(await world.openDrifts()).toMatchObject([{ kind, money: { amountMinor: minor } }]);
    await world.reconcile();
    expect(await world.openDrifts()).toEqual([]);
    expect(await world.drifts()).toMatchObject([{ state: 'closed', closedBy: 'reconcile' }]);
  });

  test('is a row of the ledger that was edited since it was read', async () => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    await world.reconcile();
    await world.reconcile(
      world.lying((path, { data }) => {
        if (path === '/balance/ledger') Object.assign(data[0] ?? {}, { difference: 1 });
      }),
    );
    expect(await world.openDrifts()).toMatchObject([
      { kind: 'book_row_changed', money: { amountMinor: takings - 1n }, repair: 'operator' },
    ]);
    expect(await floatOf()).toBe(2n * takings);
    await world.reconcile();
    expect(await world.openDrifts()).toEqual([]);
  });

  test('is a row of the ledger that is gone, swapped or in excess', async () => {
    for (let payment = 0; payment < 3; payment += 1) await world.payTopUp();
    await world.live();
    await world.sendWithdrawal('success');
    await world.live();
    await world.reconcile(
      world.lying((path, { data }) => {
        if (path !== '/balance/ledger') return;
        const [transfer, newest, middle] = data;
        if (!transfer || !newest || !middle) throw new Error('there are too few rows');
        newest.model_row = middle.model_row;
        transfer.model_responsible = 'Refund';
      }),
    );
    const found = (await world.openDrifts()).map(({ kind, money }) => [kind, money?.amountMinor]);
    expect(found.toSorted()).toEqual([
      ['book_row_missing', amountMinor + transferFee],
      ['book_row_unmatched', amountMinor + transferFee],
      ['duplicate_effect', takings],
    ]);
  });

  test('is each row of a kind that we do not know, also where two are alike', async () => {
    await world.provider.fundBalance(100_00n);
    await world.provider.fundBalance(100_00n);
    await world.reconcile(
      world.lying((path, body) => {
        if (path === '/transaction') body.data = [];
        if (path !== '/balance/ledger') return;
        for (const row of body.data) Object.assign(row, { model_responsible: 'Refund', model_row: 5 });
      }),
    );
    const refunds = { kind: 'book_row_unmatched', money: { amountMinor: 100_00n, currency: 'NGN' } };
    expect(await world.openDrifts()).toMatchObject([refunds, refunds]);
  });

  test('is a running balance that does not add up', async () => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    await world.reconcile(
      world.lying((path, { data }) => {
        const [newest] = data;
        if (path === '/balance/ledger' && newest) newest.balance = Number(newest.balance) - 7;
      }),
    );
    expect(await world.openDrifts()).toMatchObject([
      { kind: 'running_balance_differs', money: { amountMinor: 7n, currency: 'NGN' } },
    ]);
  });

  test('is a balance that began before anything was read', async () => {
    await world.provider.fundBalance(5_000_00n);
    await world.pass(4 * 86_400);
    await world.payTopUp();
    await world.live();
    await world.reconcile();
    expect(await world.openDrifts()).toMatchObject([
      { kind: 'float_differs', subject: 'float/NGN', money: { amountMinor: 5_000_00n } },
    ]);
  });

  test('is a payment that the provider confirmed and does not list, until it does', async () => {
    const topUp = await world.payTopUp();
    await world.live();
    const forgetful = world.lying((path, body) => {
      if (path === '/transaction') body.data = [];
    });
    await world.reconcile(forgetful);
    await world.reconcile(forgetful);
    expect(await world.drifts()).toMatchObject([
      { kind: 'provider_object_missing', money: { amountMinor }, objects: { topUpId: topUp.id } },
    ]);
    await world.reconcile();
    expect(await world.drifts()).toMatchObject([{ state: 'closed', closedBy: 'reconcile' }]);
  });

  test('is a broken rule of our own books', async () => {
    const topUp = await world.payTopUp();
    await world.live();
    const change = (kobo: number) =>
      world.database.owner
        .updateTable('top_ups')
        .set((row) => ({ paid_minor: row('paid_minor', '+', BigInt(kobo)), state: 'mismatched' }))
        .where('id', '=', topUp.id)
        .execute();
    await change(0);
    await world.reconcile();
    await world.reconcile();
    const broken = await world.openDrifts();
    expect(broken.map(({ objects }) => objects.invariant).toSorted()).toEqual([
      'mismatched_money_lies_in_suspense',
      'succeeded_top_up_is_credited_once',
    ]);
    expect(broken[0]).toMatchObject({ kind: 'invariant_broken', money: null, repair: 'operator' });
    await world.database.owner
      .updateTable('top_ups')
      .set({ state: 'succeeded' })
      .where('id', '=', topUp.id)
      .execute();
    await world.reconcile();
    expect(await world.openDrifts()).toEqual([]);
  });
});
