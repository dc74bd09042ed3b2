import type { TopUpState } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { after } from '../../clock.ts';
import { defaultPolicy } from '../../policy.ts';
import { isRefusal } from '../../refusal.ts';
import {
  decideAmount,
  decideOpening,
  decideSettlement,
  nextCheckAt,
  openingRefusalOf,
  type ProviderPayment,
  type TopUp,
} from './top-up.rules.ts';

const createdAt = new Date('2026-02-02T09:00:00Z');
const policy = defaultPolicy;
const soon = after(createdAt, 30);

const topUp = (given: Partial<TopUp> = {}): TopUp => ({
  id: '0198c0de-0000-7000-8000-000000000001',
  userId: '0198c0de-0000-7000-8000-000000000002',
  state: 'pending',
  currency: 'NGN',
  amountMinor: 20_000_00n,
  reference: 'tu-0198c0de-0000-7000-8000-000000000001',
  checkoutUrl: 'https://checkout.example/1',
  createdAt,
  endedAt: null,
  nextCheckAt: after(createdAt, 60),
  checksMade: 0,
  payment: null,
  reason: null,
  ...given,
});

const payment = (given: Partial<ProviderPayment> = {}): ProviderPayment => ({
  id: '4099260516',
  domain: 'live',
  status: 'success',
  reference: topUp().reference,
  amountMinor: 20_000_00n,
  requestedAmountMinor: 20_000_00n,
  currency: 'NGN',
  feesMinor: 400_00n,
  ...given,
});

const settle = (given: Partial<TopUp>, said: Partial<ProviderPayment>, now = soon) =>
  decideSettlement(topUp(given), payment(said), { mode: 'live', now, policy });

/** What each account gained, as `purpose: amount`. */
function sums(settlement: ReturnType<typeof settle>): Record<string, bigint> {
  const totals: Record<string, bigint> = {};
  for (const { debit, credit, amountMinor } of settlement?.movement?.transfers ?? []) {
    totals[debit.purpose] = (totals[debit.purpose] ?? 0n) - amountMinor;
    totals[credit.purpose] = (totals[credit.purpose] ?? 0n) + amountMinor;
  }
  return totals;
}

describe('the amount', () => {
  test.each([
    [policy.topUp.amountMinMinor - 1n, 'AMOUNT_TOO_SMALL'],
    [policy.topUp.amountMinMinor, null],
    [policy.topUp.amountMaxMinor, null],
    [policy.topUp.amountMaxMinor + 1n, 'AMOUNT_TOO_LARGE'],
  ])('of %s is refused with %s', (amountMinor, code) => {
    const decision = decideAmount(amountMinor, policy.topUp);
    expect(isRefusal(decision) ? decision.code : null).toBe(code);
  });
});

describe('a payment that succeeded', () => {
  test('credits what was asked for, and the fee is the platform’s to bear', () => {
    const settlement = settle({}, {});
    expect(settlement).toMatchObject({ event: 'succeed', topUp: { state: 'succeeded', endedAt: soon } });
    expect(settlement?.topUp).toMatchObject({ checkoutUrl: null, nextCheckAt: null, reason: null });
    expect(settlement?.movement).toMatchObject({
      kind: 'top_up.credit',
      providerReference: 'transaction/4099260516',
    });
    expect(sums(settlement)).toEqual({
      available: 20_000_00n,
      unsettled: -19_600_00n,
      provider_fees: -400_00n,
      fee_margin: 0n,
    });
  });

  test('by a customer who bears the fee credits what was asked for and no more', () => {
    const settlement = settle({}, { amountMinor: 20_400_00n });
    expect(settlement?.event).toBe('succeed');
    expect(sums(settlement)).toEqual({
      available: 20_000_00n,
      fee_margin: 400_00n,
      provider_fees: -400_00n,
      unsettled: -20_000_00n,
    });
  });

  test('is credited also where the provider names neither the requested amount nor its fee', () => {
    const settlement = settle({}, { requestedAmountMinor: null, feesMinor: null });
    expect(sums(settlement)).toEqual({
      available: 20_000_00n,
      unsettled: -20_000_00n,
      provider_fees: 0n,
      fee_margin: 0n,
    });
  });

  test.each<[TopUpState, string | null]>([
    ['created', 'succeed'],
    ['pending', 'succeed'],
    ['failed', 'succeed'],
    ['abandoned', 'succeed'],
    ['succeeded', null],
    ['mismatched', null],
  ])('in state %s leads to %s', (state, event) => {
    const isOpen = state === 'created' || state === 'pending';
    expect(settle({ state, endedAt: isOpen ? null : soon }, {})?.event ?? null).toBe(event);
  });
});

describe('money that does not match', () => {
  test.each<[string, Partial<ProviderPayment>, string]>([
    ['another currency', { currency: 'USD' }, 'currency_differs'],
    ['too little', { amountMinor: 19_999_99n, requestedAmountMinor: null }, 'amount_too_small'],
    ['one kobo less than was asked for', { amountMinor: 19_999_99n }, 'amount_too_small'],
    ['another amount asked for', { requestedAmountMinor: 19_999_99n }, 'requested_amount_differs'],
    [
      'more asked for',
      { amountMinor: 30_000_00n, requestedAmountMinor: 30_000_00n },
      'requested_amount_differs',
    ],
    ['a fee above the payment', { feesMinor: 20_000_01n }, 'fee_exceeds_amount'],
  ])('by %s goes to suspense and credits nobody', (_name, said, reason) => {
    const settlement = settle({}, said);
    expect(settlement).toMatchObject({ event: 'mismatch', topUp: { state: 'mismatched', reason } });
    const { suspense, unsettled, provider_fees, ...others } = sums(settlement);
    expect(suspense).toBe(said.amountMinor ?? 20_000_00n);
    expect((suspense ?? 0n) + (unsettled ?? 0n) + (provider_fees ?? 0n)).toBe(0n);
    expect(others).toEqual({});
    const currency = said.currency ?? 'NGN';
    const transfers = settlement?.movement?.transfers ?? [];
    expect(
      transfers.every(({ debit, credit }) => debit.currency === currency && credit.currency === currency),
    ).toBe(true);
  });

  test('of nothing at all posts nothing', () => {
    expect(settle({}, { amountMinor: 0n, feesMinor: null })).toMatchObject({
      event: 'mismatch',
      movement: null,
    });
  });
});

describe('the word of the other mode, or about another payment', () => {
  test.each<Partial<ProviderPayment>>([{ domain: 'test' }, { reference: 'tu-another-reference' }])(
    '%o changes nothing',
    (said) => {
      expect(settle({}, said)).toBeNull();
    },
  );
});

describe('a payment without money', () => {
  const late = after(createdAt, policy.topUp.abandonAfterSeconds);
  const justBefore = new Date(late.getTime() - 1);
  test.each<[ProviderPayment['status'], TopUpState, Date, TopUpState | null]>([
    ['failed', 'pending', soon, 'failed'],
    ['failed', 'abandoned', soon, null],
    ['failed', 'succeeded', soon, null],
    ['reversed', 'pending', soon, 'failed'],
    ['reversed', 'succeeded', soon, null],
    ['abandoned', 'pending', justBefore, null],
    ['abandoned', 'pending', late, 'abandoned'],
    ['abandoned', 'created', late, 'abandoned'],
    ['abandoned', 'succeeded', late, null],
    ['ongoing', 'pending', late, null],
    ['pending', 'pending', late, null],
    ['processing', 'pending', late, null],
    ['queued', 'pending', late, null],
    ['unrecognised', 'pending', late, null],
  ])('said to be %s, of a %s top-up, leads to %s', (status, state, now, to) => {
    const settlement = settle({ state }, { status }, now);
    expect(settlement?.topUp.state ?? null).toBe(to);
    expect(settlement?.movement ?? null).toBeNull();
  });
});

describe('opening', () => {
  const created = topUp({ state: 'created', checkoutUrl: null });
  const opened = { outcome: 'opened', checkoutUrl: 'https://checkout.example/2' } as const;

  test('saves the address', () => {
    const change = decideOpening(created, opened, soon, policy);
    expect(change).toMatchObject({
      event: 'open',
      topUp: { state: 'pending', checkoutUrl: opened.checkoutUrl, endedAt: null },
    });
    expect(change?.topUp.nextCheckAt).toEqual(created.nextCheckAt);
  });

  test('that finds the reference taken opens without an address, and a late address fills it in', () => {
    const without = decideOpening(created, { outcome: 'exists' }, soon, policy)?.topUp ?? created;
    expect(without).toMatchObject({ state: 'pending', checkoutUrl: null });
    expect(decideOpening(without, { outcome: 'exists' }, soon, policy)).toBeNull();
    expect(decideOpening(without, opened, soon, policy)?.topUp.checkoutUrl).toBe(opened.checkoutUrl);
  });

  test('that is refused fails the top-up, and says by which code', () => {
    const change = decideOpening(created, { outcome: 'refused', code: 'invalid_params' }, soon, policy);
    expect(change).toMatchObject({ event: 'fail', topUp: { state: 'failed', endedAt: soon } });
    expect(openingRefusalOf(change?.topUp ?? created)).toBe('invalid_params');
    expect(openingRefusalOf(created)).toBeNull();
  });

  test.each<TopUpState>(['succeeded', 'failed', 'abandoned', 'mismatched'])(
    'of a top-up that is %s changes nothing',
    (state) => {
      expect(decideOpening(topUp({ state }), opened, soon, policy)).toBeNull();
      expect(decideOpening(topUp({ state }), { outcome: 'refused', code: 'x' }, soon, policy)).toBeNull();
    },
  );
});

describe('the next question', () => {
  const at = (seconds: number, state: TopUpState = 'pending') =>
    nextCheckAt({ state, createdAt }, after(createdAt, seconds), policy.topUp)?.getTime();
  const secondsLater = (seconds: number) => after(createdAt, seconds).getTime();

  test.each([
    [0, 60],
    [59, 60],
    [60, 300],
    [300, 900],
    [900, 3600],
    [3600, 86_400],
    [86_399, 86_400],
    [86_400, 172_800],
    [1_000_000, 1_086_400],
  ])('asked %i s after the start is asked %i s after it', (now, next) => {
    expect(at(now)).toBe(secondsLater(next));
  });

  test('about one that was abandoned or failed follows the schedule to its end', () => {
    expect(at(3600, 'abandoned')).toBe(secondsLater(86_400));
    expect(at(86_400, 'abandoned')).toBeUndefined();
    expect(at(86_400, 'failed')).toBeUndefined();
  });

  test('about one whose money came is never asked', () => {
    expect(at(0, 'succeeded')).toBeUndefined();
    expect(at(0, 'mismatched')).toBeUndefined();
  });
});
