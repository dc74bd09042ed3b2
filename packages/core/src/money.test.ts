import { currencies, currencyCodes } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { formatAmount, formatDecimal, minorUnitsOf, partOf } from './money.ts';

test.each([
  [0n, '₦0.00'],
  [5n, '₦0.05'],
  [50n, '₦0.50'],
  [100n, '₦1.00'],
  [99_999n, '₦999.99'],
  [100_000n, '₦1,000.00'],
  [1_234_567_89n, '₦1,234,567.89'],
  [9_007_199_254_740_991n, '₦90,071,992,547,409.91'],
])('%d kobo are written %s', (amountMinor, written) => {
  expect(formatAmount(amountMinor, 'NGN')).toBe(written);
});

test.each([
  ['JPY', 0n, 'JP¥0', '0', 1n],
  ['JPY', 1_234_567n, 'JP¥1,234,567', '1234567', 1n],
  ['KWD', 5n, 'KD 0.005', '0.005', 1_000n],
  ['KWD', 1_234_567n, 'KD 1,234.567', '1234.567', 1_000n],
  ['USD', 1_234_567n, 'US$12,345.67', '12345.67', 100n],
  ['USD', -7n, '-US$0.07', '-0.07', 100n],
] as const)('%s: %d minor units are written %s and %s', (currency, amountMinor, written, plain, units) => {
  expect(formatAmount(amountMinor, currency)).toBe(written);
  expect(formatDecimal(amountMinor, currency)).toBe(plain);
  expect(minorUnitsOf(currency)).toBe(units);
});

describe('the currencies', () => {
  test('begin with the naira, and have codes, names and symbols of their own', () => {
    expect(currencyCodes[0]).toBe('NGN');
    for (const code of currencyCodes) expect(code).toMatch(/^[A-Z]{3}$/);
    const all = Object.values(currencies);
    for (const field of ['name', 'symbol'] as const) {
      expect(new Set(all.map((each) => each[field])).size).toBe(all.length);
    }
  });

  test('have minor units as ISO 4217 says, among them none and three', () => {
    expect(Object.fromEntries(currencyCodes.map((code) => [code, currencies[code].decimals]))).toEqual({
      NGN: 2,
      GHS: 2,
      KES: 2,
      USD: 2,
      JPY: 0,
      KWD: 3,
    });
  });
});

test('a part is rounded down to the minor unit', () => {
  expect(partOf(999n, 1_000)).toBe(99n);
  expect(partOf(1n, 9_999)).toBe(0n);
});
