import { describe, expect, test } from 'vitest';
import type { ExchangeRate } from '../policy.ts';
import { isRefusal } from '../refusal.ts';
import { buys, costs, decideRate, type MinorRate, minorRateOf } from './rate.rules.ts';

function rateOf(sold: ExchangeRate['sold'], bought: ExchangeRate['bought'], rate: string): MinorRate {
  const exact = minorRateOf({ sold, bought, rate });
  if (exact === null) throw new Error('not a rate');
  return exact;
}

describe('a rate between minor units', () => {
  test.each([
    ['NGN', 'USD', '0.00065', 1_000_000n, 650n],
    ['USD', 'NGN', '1520.5', 1n, 1_520n],
    ['NGN', 'JPY', '0.1', 100n, 0n],
    ['NGN', 'JPY', '0.1', 1_000n, 1n],
    ['JPY', 'KWD', '0.002', 1n, 2n],
    ['KWD', 'JPY', '500', 2n, 1n],
    ['KWD', 'JPY', '500', 1_999n, 999n],
    ['USD', 'KES', '000129.000', 7n, 903n],
  ] as const)('%s to %s at %s: %d buys %d', (sold, bought, rate, soldMinor, boughtMinor) => {
    expect(buys(soldMinor, rateOf(sold, bought, rate))).toBe(boughtMinor);
  });

  test('what something costs buys it, and one minor unit less does not', () => {
    for (const rate of ['0.00065', '1520.5', '0.333333333333', '3', '999999999999', '0.000000000007']) {
      for (const [sold, bought] of [
        ['NGN', 'USD'],
        ['JPY', 'KWD'],
        ['KWD', 'JPY'],
      ] as const) {
        const exact = rateOf(sold, bought, rate);
        for (const boughtMinor of [1n, 2n, 99n, 100n, 12_345_678n]) {
          const soldMinor = costs(boughtMinor, exact);
          expect(buys(soldMinor, exact)).toBeGreaterThanOrEqual(boughtMinor);
          expect(buys(soldMinor - 1n, exact)).toBeLessThan(boughtMinor);
        }
      }
    }
  });

  test.each(['', '0', '0.0', '-1', '1e3', '1,5', ' 1', '1.', '.5', '1234567890123'])('%j is none', (rate) => {
    expect(minorRateOf({ sold: 'NGN', bought: 'USD', rate })).toBeNull();
  });
});

describe('the rate that is good', () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 2, 1, hour));
  const rate = (hour: number, text: string): ExchangeRate => ({
    ...{ sold: 'NGN', bought: 'USD', rate: text, from: at(hour), source: 'desk' },
  });
  const rates = [rate(12, '2'), rate(0, '1'), rate(20, '3'), { ...rate(12, '9'), bought: 'KWD' as const }];
  const policy = { rates, rateAgeMaxSeconds: 10 * 3600 };
  const pair = { sold: 'NGN', bought: 'USD' } as const;
  const textAt = (instant: Date) => {
    const decision = decideRate(pair, policy, instant);
    return isRefusal(decision) ? decision.code : decision.rate;
  };

  test('is the latest that has begun and has not grown old', () => {
    expect(textAt(at(0))).toBe('1');
    expect(textAt(new Date(at(10).getTime() - 1))).toBe('1');
    expect(textAt(at(10))).toBe('EXCHANGE_RATE_MISSING');
    expect(textAt(new Date(at(12).getTime() - 1))).toBe('EXCHANGE_RATE_MISSING');
    expect(textAt(at(12))).toBe('2');
    expect(textAt(at(20))).toBe('3');
    expect(textAt(at(30))).toBe('EXCHANGE_RATE_MISSING');
  });

  test('is that of the pair in its direction', () => {
    const other = decideRate({ sold: 'USD', bought: 'NGN' }, policy, at(12));
    expect(other).toMatchObject({ code: 'EXCHANGE_RATE_MISSING', details: { sold: 'USD', bought: 'NGN' } });
  });
});
