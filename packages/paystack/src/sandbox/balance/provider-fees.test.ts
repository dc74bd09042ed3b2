import { describe, expect, it } from 'vitest';
import { cardFeeMinor, transferFeeMinor } from './provider-fees.ts';

describe('the fee of a local card payment', () => {
  it.each([
    [1, 0],
    [100, 2],
    [10_000, 150],
    [249_999, 3_750],
    [250_000, 13_750],
    [500_000, 17_500],
    [2_000_000, 40_000],
    [5_000_000, 85_000],
    [12_666_666, 200_000],
    [20_000_000, 200_000],
    [1_000_000_000_000, 200_000],
  ])('of %s kobo is %s', (amountMinor, feeMinor) => {
    expect(cardFeeMinor(amountMinor)).toBe(feeMinor);
  });
});

describe('the fee of a transfer', () => {
  it.each([
    [1, 1_000],
    [500_000, 1_000],
    [500_001, 2_500],
    [5_000_000, 2_500],
    [5_000_001, 5_000],
  ])('of %s kobo is %s', (amountMinor, feeMinor) => {
    expect(transferFeeMinor(amountMinor, 'NGN')).toBe(feeMinor);
  });
});
