import { type Currency, currencies } from '@errand-dash/contract';

/** A part of an amount, in hundredths of a percent, rounded down to the minor unit. */
export const partOf = (amountMinor: bigint, basisPoints: number): bigint =>
  (amountMinor * BigInt(basisPoints)) / 10_000n;

/** An amount of zero or more as people write it: `₦1,500.00`. */
export function formatAmount(amountMinor: bigint, currency: Currency): string {
  const { symbol, decimals }: { symbol: string; decimals: number } = currencies[currency];
  const digits = amountMinor.toString().padStart(decimals + 1, '0');
  const major = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === 0 ? `${symbol}${major}` : `${symbol}${major}.${digits.slice(-decimals)}`;
}
