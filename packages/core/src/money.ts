import { type Currency, currencies } from '@errand-dash/contract';

/** A part of an amount, in hundredths of a percent, rounded down to the minor unit. */
export const partOf = (amountMinor: bigint, basisPoints: number): bigint =>
  (amountMinor * BigInt(basisPoints)) / 10_000n;

/** An amount as people write it: `₦1,500.00`, `JP¥1,500`, `-KD 1.500`. */
export function formatAmount(amountMinor: bigint, currency: Currency): string {
  if (amountMinor < 0n) return `-${formatAmount(-amountMinor, currency)}`;
  const [major = '', ...minor] = formatDecimal(amountMinor, currency).split('.');
  return currencies[currency].symbol + [major.replace(/\B(?=(\d{3})+$)/g, ','), ...minor].join('.');
}

/** An amount as machines read it, in major units with all decimals of its currency: `1500.00`. */
export function formatDecimal(amountMinor: bigint, currency: Currency): string {
  if (amountMinor < 0n) return `-${formatDecimal(-amountMinor, currency)}`;
  const { decimals }: { decimals: number } = currencies[currency];
  const digits = amountMinor.toString().padStart(decimals + 1, '0');
  const major = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? major : `${major}.${digits.slice(-decimals)}`;
}

/** How many minor units one major unit is: 100 kobo a naira, 1 yen a yen. */
export const minorUnitsOf = (currency: Currency): bigint => 10n ** BigInt(currencies[currency].decimals);
