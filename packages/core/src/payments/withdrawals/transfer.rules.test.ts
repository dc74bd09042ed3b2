import { withdrawalStates } from '@errand-dash/contract';
import type { TransferStatus } from '@errand-dash/paystack';
import { describe, expect, test } from 'vitest';
import { after } from '../../clock.ts';
import type { Movement } from '../../ledger.ts';
import { defaultPolicy } from '../../policy.ts';
import {
  decideRefusedSending,
  decideTransfer,
  type ProviderTransfer,
  statusMeanings,
} from './transfer.rules.ts';
import type { KnownTransfer, Withdrawal } from './withdrawal.rules.ts';
import { holdMovement } from './withdrawal-movements.rules.ts';

const requestedAt = new Date('2026-02-02T09:00:00Z');
const now = after(requestedAt, 30);
const amountMinor = 20_000_00n;
const feeMinor = 25_00n;
const context = { mode: 'live', now, policy: defaultPolicy.payout } as const;
const transfer: KnownTransfer = { providerObject: '77001', status: 'pending', feeMinor };

/** A withdrawal as it is in this state; known at the provider from `sent` on. */
function inState(state: Withdrawal['state'], given: Partial<Withdrawal> = {}): Withdrawal {
  const isKnown = state === 'sent' || state === 'paid' || state === 'reversed' || state === 'returned';
  const isOver = state === 'paid' || state === 'reversed' || state === 'returned';
  return {
    id: '0198c0de-0000-7000-8000-000000000001',
    userId: '0198c0de-0000-7000-8000-000000000002',
    payoutAccountId: '0198c0de-0000-7000-8000-000000000003',
    approvalId: '0198c0de-0000-7000-8000-000000000004',
    state,
    currency: 'NGN',
    amountMinor,
    reference: 'wd-0198c0de-0000-7000-8000-000000000001',
    recipientCode: 'RCP_demo',
    requestedAt,
    sentAt: isKnown ? requestedAt : null,
    endedAt: isOver ? requestedAt : null,
    nextCheckAt: after(requestedAt, 60),
    checksMade: 1,
    attempts: state === 'requested' ? 0 : 1,
    transfer: isKnown ? transfer : null,
    reason: state === 'returned' ? 'failed' : state === 'reversed' ? 'reversed' : null,
    attention: null,
    ...given,
  };
}

const says = (status: TransferStatus, given: Partial<ProviderTransfer> = {}): ProviderTransfer => ({
  id: '77001',
  domain: 'live',
  status,
  reference: inState('sent').reference,
  amountMinor,
  currency: 'NGN',
  feeChargedMinor: feeMinor,
  recipientCode: 'RCP_demo',
  ...given,
});

/** What each account gains by movements, `+` a credit. */
function sums(movements: readonly Movement[]): Record<string, bigint> {
  const totals: Record<string, bigint> = {};
  for (const leg of movements.flatMap(({ transfers }) => transfers)) {
    totals[leg.debit.purpose] = (totals[leg.debit.purpose] ?? 0n) - leg.amountMinor;
    totals[leg.credit.purpose] = (totals[leg.credit.purpose] ?? 0n) + leg.amountMinor;
  }
  return Object.fromEntries(Object.entries(totals).filter(([, total]) => total !== 0n));
}

const a = amountMinor;
const f = feeMinor;
const sent = { unsettled: -a, float: a + f, provider_fees: -f };
const paid = { payout: -a, float: a + f, provider_fees: -f };
const back = { available: a, payout: -a };

/** For each state, what each status leads to and what moves. `attention: …` is a mark for an operator alone. */
const table: Record<string, Partial<Record<TransferStatus, [string, Record<string, bigint>]>>> = {
  requested: {
    pending: ['sent', sent],
    otp: ['sent', sent],
    received: ['sent', sent],
    unrecognised: ['sent', sent],
    success: ['paid', paid],
    failed: ['returned', back],
    abandoned: ['returned', back],
    blocked: ['returned', back],
    rejected: ['returned', back],
    reversed: ['returned', back],
  },
  sent: {
    otp: ['attention: status_otp', {}],
    received: ['sent', {}],
    unrecognised: ['attention: status_unrecognised', {}],
    success: ['paid', { payout: -a, unsettled: a }],
    failed: ['returned', { ...back, unsettled: a, float: -(a + f), provider_fees: f }],
    abandoned: ['returned', { ...back, unsettled: a, float: -(a + f), provider_fees: f }],
    blocked: ['returned', { ...back, unsettled: a, float: -(a + f), provider_fees: f }],
    rejected: ['returned', { ...back, unsettled: a, float: -(a + f), provider_fees: f }],
    reversed: ['returned', { ...back, unsettled: a, float: -(a + f), provider_fees: f }],
  },
  paid: {
    failed: ['attention: paid_but_failed', {}],
    abandoned: ['attention: paid_but_abandoned', {}],
    blocked: ['attention: paid_but_blocked', {}],
    rejected: ['attention: paid_but_rejected', {}],
    reversed: ['reversed', { available: a, float: -(a + f), provider_fees: f }],
  },
  returned: { success: ['attention: returned_but_success', {}] },
  reversed: {
    failed: ['attention: reversed_but_failed', {}],
    abandoned: ['attention: reversed_but_abandoned', {}],
    blocked: ['attention: reversed_but_blocked', {}],
    rejected: ['attention: reversed_but_rejected', {}],
  },
};

const statuses = Object.keys(statusMeanings) as TransferStatus[];
const rows = withdrawalStates.flatMap((state) =>
  statuses.map((status) => {
    const [to, moved] = table[state === 'sending' ? 'requested' : state]?.[status] ?? ['nothing', {}];
    return { state, status, to, moved };
  }),
);

describe('the word of the provider', () => {
  test.each(rows)('in $state it says $status: $to', ({ state, status, to, moved }) => {
    const settlement = decideTransfer(inState(state), says(status), context);
    const { withdrawal, movements = [] } = settlement ?? {};
    const isMark = to.startsWith('attention: ');
    expect(sums(movements)).toEqual(moved);
    if (to === 'nothing') return expect(settlement).toBeNull();
    expect(withdrawal?.state).toBe(isMark ? state : to);
    if (isMark) expect(`attention: ${withdrawal?.attention}`).toBe(to);
    expect(settlement?.hasMoved).toBe(withdrawal?.state !== state);
  });

  test.each(rows)('said again after $status in $state changes nothing more', ({ state, status }) => {
    const first = decideTransfer(inState(state), says(status), context);
    if (first === null) return;
    expect(decideTransfer(first.withdrawal, says(status), context)).toBeNull();
  });

  test.each([
    ['of the other mode', says('success', { domain: 'test' }), null],
    [
      'about another reference',
      says('success', { reference: 'wd-00000000-0000-4000-8000-000000000000' }),
      null,
    ],
    ['of another amount', says('success', { amountMinor: amountMinor - 1n }), 'amount_differs'],
    ['of another currency', says('success', { currency: 'GHS' }), 'currency_differs'],
    ['of another payee', says('success', { recipientCode: 'RCP_other' }), 'recipient_differs'],
    ['of another object', says('success', { id: '77002' }), 'object_differs'],
  ])('%s moves no money', (_name, said, attention) => {
    const settlement = decideTransfer(inState('sent'), said, context);
    expect(settlement?.movements ?? []).toEqual([]);
    expect(settlement?.withdrawal.attention ?? null).toBe(attention);
    expect(settlement?.withdrawal.state ?? 'sent').toBe('sent');
  });

  test('that comes after a later one tells an older truth, and needs nobody', () => {
    expect(decideTransfer(inState('returned', { reason: 'reversed' }), says('success'), context)).toBeNull();
    expect(decideTransfer(inState('reversed'), says('success'), context)).toBeNull();
    expect(decideTransfer(inState('reversed'), says('pending'), context)).toBeNull();
    expect(decideTransfer(inState('paid'), says('pending'), context)).toBeNull();
  });

  test('about a transfer that was taken for refused is for an operator', () => {
    const refused = inState('returned', { transfer: null, sentAt: null, reason: 'refused_other' });
    expect(decideTransfer(refused, says('pending'), context)?.withdrawal).toMatchObject({
      state: 'returned',
      attention: 'returned_but_pending',
    });
  });
});

describe('the provider’s fee', () => {
  const withFee = (fee: bigint) => inState('sent', { transfer: { ...transfer, feeMinor: fee } });

  test.each([
    ['named late', 0n, 25_00n],
    ['higher in the end', 10_00n, 50_00n],
    ['lower in the end', 50_00n, 10_00n],
    ['the same', 25_00n, 25_00n],
  ])('that is %s is booked as it really was', (_name, atFirst, atLast) => {
    const acknowledged = decideTransfer(
      inState('sending'),
      says('pending', { feeChargedMinor: atFirst }),
      context,
    );
    const settled = decideTransfer(withFee(atFirst), says('success', { feeChargedMinor: atLast }), context);
    expect(settled?.withdrawal.transfer?.feeMinor).toBe(atLast);
    expect(sums([...(acknowledged?.movements ?? []), ...(settled?.movements ?? [])])).toEqual({
      payout: -a,
      float: a + atLast,
      provider_fees: -atLast,
    });
  });

  test('that is not named is none until it is', () => {
    const said = says('pending', { feeChargedMinor: null });
    expect(sums(decideTransfer(inState('sending'), said, context)?.movements ?? [])).toEqual({
      unsettled: -a,
      float: a,
    });
  });

  test('that is named 0 because the money came back is given back as it was booked', () => {
    const settlement = decideTransfer(withFee(feeMinor), says('failed', { feeChargedMinor: 0n }), context);
    expect(sums(settlement?.movements ?? [])).toMatchObject({ float: -(a + f), provider_fees: f });
  });
});

describe('the whole way', () => {
  const ways: [string, TransferStatus[], Record<string, bigint>][] = [
    ['paid', ['pending', 'success'], { available: -a, float: a + f, provider_fees: -f }],
    ['paid at once', ['success'], { available: -a, float: a + f, provider_fees: -f }],
    ['failed', ['pending', 'failed'], {}],
    ['blocked without a word', ['received', 'blocked'], {}],
    ['paid and sent back, told ten times', ['success', ...Array<TransferStatus>(10).fill('reversed')], {}],
    ['sent back before we heard of the payment', ['pending', 'reversed'], {}],
  ];

  test.each(ways)('%s: payout and unsettled end at zero', (_name, told, expected) => {
    let withdrawal = inState('sending');
    const movements = [holdMovement(withdrawal)];
    for (const status of told) {
      const settlement = decideTransfer(withdrawal, says(status), context);
      withdrawal = settlement?.withdrawal ?? withdrawal;
      movements.push(...(settlement?.movements ?? []));
    }
    expect(sums(movements)).toEqual(expected);
    const references = movements.flatMap(({ providerReference }) => providerReference ?? []);
    expect(new Set(references).size).toBe(references.length);
  });
});

describe('the provider’s refusal', () => {
  const refused = (given: object = {}) => ({ attempt: 1, isBalanceLow: false, code: 'invalid', ...given });

  test('of the first attempt returns the money', () => {
    const settlement = decideRefusedSending(inState('sending'), refused(), context);
    expect(settlement?.withdrawal).toMatchObject({
      state: 'returned',
      reason: 'refused_invalid',
      nextCheckAt: null,
    });
    expect(sums(settlement?.movements ?? [])).toEqual(back);
  });

  test('for want of balance keeps it queued, for an operator', () => {
    const settlement = decideRefusedSending(inState('sending'), refused({ isBalanceLow: true }), context);
    expect(settlement?.withdrawal).toMatchObject({ state: 'requested', attention: 'balance_insufficient' });
    expect(settlement?.withdrawal.nextCheckAt).toEqual(after(requestedAt, 60));
    expect(settlement?.movements).toEqual([]);
  });

  test.each([
    ['of an earlier attempt', inState('sending', { attempts: 2 })],
    ['of one that is known there', inState('sent')],
    ['of one that is queued again', inState('requested')],
    ['of one that is paid', inState('paid')],
    ['of one that is over', inState('returned')],
  ])('%s changes nothing', (_name, withdrawal) => {
    expect(decideRefusedSending(withdrawal, refused(), context)).toBeNull();
    expect(decideRefusedSending(withdrawal, refused({ isBalanceLow: true }), context)).toBeNull();
  });
});

describe('when it is asked about', () => {
  test('while it is open without an end, once it was paid for some days, after it came back no more', () => {
    const late = { ...context, now: after(requestedAt, 30 * 86_400) };
    const sentNow = decideTransfer(inState('sending'), says('pending'), late)?.withdrawal;
    expect(sentNow).toMatchObject({ state: 'sent', nextCheckAt: after(late.now, 60) });
    const paidNow = decideTransfer(inState('sent'), says('success'), late)?.withdrawal;
    expect(paidNow).toMatchObject({ state: 'paid', nextCheckAt: after(late.now, 3600) });
    expect(decideTransfer(inState('sent'), says('failed'), late)?.withdrawal.nextCheckAt).toBeNull();
  });
});
