import { AMOUNT_MINOR_MAX, type QuoteExchange } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { defaultPolicy, type Policy } from '../policy.ts';
import { isRefusal } from '../refusal.ts';
import { decideExchange, decideQuote, type ExchangeQuote } from './exchange-quote.rules.ts';
import { buys, costs, minorRateOf } from './rate.rules.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const from = new Date('2026-03-01T00:00:00.000Z');
const given = { id: 'quote-1', userId: 'ada', now };
const policyWith = (rate: string, feeBasisPoints = 100): Policy => ({
  ...defaultPolicy,
  openCurrencies: ['NGN', 'USD', 'JPY'],
  exchange: {
    ...defaultPolicy.exchange,
    ...{ rateAgeMaxSeconds: 86_400, quoteSeconds: 60, feeBasisPoints },
    rates: [
      { sold: 'NGN', bought: 'USD', rate, from, source: 'desk' },
      { sold: 'KWD', bought: 'NGN', rate, from, source: 'desk' },
      { sold: 'NGN', bought: 'KWD', rate, from, source: 'desk' },
    ],
  },
});
const pair = { sold: 'NGN', bought: 'USD' } as const;
const decide = (asked: Partial<QuoteExchange>, policy = policyWith('0.00065')) =>
  decideQuote({ ...pair, ...asked }, policy, given);
function quoteOf(asked: Partial<QuoteExchange>, policy?: Policy): ExchangeQuote {
  const quote = decide(asked, policy);
  if (isRefusal(quote)) throw new Error(quote.code);
  return quote;
}

describe('a quote', () => {
  test('to sell takes the fee out of what is sold', () => {
    expect(quoteOf({ sellMinor: 1_010_000n })).toEqual({
      id: 'quote-1',
      userId: 'ada',
      ...pair,
      soldMinor: 1_000_000n,
      feeMinor: 10_000n,
      boughtMinor: 650n,
      rate: '0.00065',
      rateFrom: from,
      rateSource: 'desk',
      quotedAt: now,
      expiresAt: new Date('2026-03-01T12:01:00.000Z'),
      exchangedAt: null,
    });
  });

  test('to buy puts the fee on top, and costs the least that buys it', () => {
    expect(quoteOf({ buyMinor: 1n })).toMatchObject({ soldMinor: 1_539n, feeMinor: 15n, boughtMinor: 1n });
  });

  test('leaves in the wallet what would buy no whole minor unit', () => {
    const quote = quoteOf({ sellMinor: 1_011_000n });
    expect(quote).toMatchObject({ soldMinor: 1_000_000n, feeMinor: 10_000n, boughtMinor: 650n });
  });

  test('never takes more than is sold, never more than its price, and gives all that it buys', () => {
    for (const rate of ['0.00065', '0.007', '1520.5', '0.333333333333', '97']) {
      for (const feeBasisPoints of [0, 1, 33, 100, 2_500]) {
        const policy = policyWith(rate, feeBasisPoints);
        const exact = minorRateOf({ ...pair, rate }) ?? { numerator: 0n, denominator: 1n };
        for (let sellMinor = 1n; sellMinor < 60_000n; sellMinor += 1_237n) {
          const quote = decide({ sellMinor }, policy);
          if (isRefusal(quote)) continue;
          const { soldMinor, feeMinor, boughtMinor } = quote;
          expect(soldMinor + feeMinor).toBeLessThanOrEqual(sellMinor);
          expect(soldMinor).toBe(costs(boughtMinor, exact));
          expect(feeMinor).toBe((soldMinor * BigInt(feeBasisPoints)) / 10_000n);
          const more = costs(boughtMinor + 1n, exact);
          expect(more + (more * BigInt(feeBasisPoints)) / 10_000n).toBeGreaterThan(sellMinor);
          expect(buys(soldMinor, exact)).toBeGreaterThanOrEqual(boughtMinor);
          expect(quoteOf({ buyMinor: boughtMinor }, policy)).toEqual(quote);
        }
      }
    }
  });

  test('of what buys nothing is refused with the least that buys something', () => {
    const refusal = decide({ sellMinor: 1_553n });
    expect(refusal).toMatchObject({ code: 'AMOUNT_TOO_SMALL', details: { minMinor: 1_554 } });
    expect(quoteOf({ sellMinor: 1_554n })).toMatchObject({ boughtMinor: 1n });
  });

  test.each([
    ['sellMinor', '0.00065'],
    ['sellMinor', '1520.5'],
    ['buyMinor', '0.00065'],
    ['buyMinor', '1520.5'],
  ] as const)('of more than the wire can say is refused with the most: %s at %s', (side, rate) => {
    const policy = policyWith(rate);
    const tooMuch = { [side]: BigInt(AMOUNT_MINOR_MAX) };
    const refusal = decide(tooMuch, policy);
    if (!isRefusal(refusal)) {
      expect(refusal.soldMinor + refusal.feeMinor).toBeLessThanOrEqual(BigInt(AMOUNT_MINOR_MAX));
      return;
    }
    expect(refusal.code).toBe('AMOUNT_TOO_LARGE');
    const { maxMinor } = refusal.details as { maxMinor: number };
    expect(quoteOf({ [side]: BigInt(maxMinor) }, policy).boughtMinor).toBeGreaterThan(0n);
  });

  test('buys only what is open, and sells what no longer is', () => {
    expect(decide({ sold: 'KWD', bought: 'NGN', sellMinor: 50_000n })).toMatchObject({ sold: 'KWD' });
    expect(decide({ bought: 'KWD', sellMinor: 5_000n })).toMatchObject({
      code: 'CURRENCY_NOT_OPEN',
      details: { currency: 'KWD', open: ['NGN', 'USD', 'JPY'] },
    });
  });

  test('is off by default', () => {
    expect(decide({ sellMinor: 5_000n }, { ...defaultPolicy, openCurrencies: ['NGN', 'USD'] })).toMatchObject(
      {
        code: 'EXCHANGE_RATE_MISSING',
      },
    );
  });
});

describe('accepting a quote', () => {
  const quote = quoteOf({ sellMinor: 1_010_000n });

  test('posts a set for what is sold and one for what is bought', () => {
    const decision = decideExchange(quote, 'ada', now);
    if (isRefusal(decision)) throw new Error(decision.code);
    const cause = { type: 'exchange_quote', id: 'quote-1' };
    const ofThePlatform = (purpose: string, currency: string) => ({ purpose, ownerId: null, currency });
    const ofAda = (currency: string) => ({ purpose: 'available', ownerId: 'ada', currency });
    expect(decision.movements).toEqual([
      {
        kind: 'exchange.sell',
        cause,
        transfers: [
          { debit: ofAda('NGN'), credit: ofThePlatform('exchange', 'NGN'), amountMinor: 1_000_000n },
          { debit: ofAda('NGN'), credit: ofThePlatform('fee_margin', 'NGN'), amountMinor: 10_000n },
        ],
      },
      {
        kind: 'exchange.buy',
        cause,
        transfers: [{ debit: ofThePlatform('exchange', 'USD'), credit: ofAda('USD'), amountMinor: 650n }],
      },
    ]);
    expect(decision.quote).toEqual({ ...quote, exchangedAt: now });
    expect(decision.event.data).toEqual({ ...pair, soldMinor: 1_010_000, boughtMinor: 650 });
  });

  test.each([
    ['nobody’s', null, 'ada', now, 'OBJECT_NOT_FOUND'],
    ['another person’s', quote, 'bayo', now, 'OBJECT_NOT_FOUND'],
    ['a used one', { ...quote, exchangedAt: now }, 'ada', now, 'EXCHANGE_QUOTE_USED'],
    ['another’s used one', { ...quote, exchangedAt: now }, 'bayo', now, 'OBJECT_NOT_FOUND'],
    ['an expired one', quote, 'ada', quote.expiresAt, 'EXCHANGE_QUOTE_EXPIRED'],
  ] as const)('refuses %s', (_name, asked, userId, at, code) => {
    expect(decideExchange(asked, userId, at)).toMatchObject({ code });
  });

  test('is good to the last millisecond', () => {
    const last = new Date(quote.expiresAt.getTime() - 1);
    expect(isRefusal(decideExchange(quote, 'ada', last))).toBe(false);
  });
});
