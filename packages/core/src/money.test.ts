import { expect, test } from 'vitest';
import { formatAmount } from './money.ts';

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
