const KOBO = 100n;

/**
 * What Paystack keeps of a local card payment: 1.5 % and ₦100, the ₦100 waived under ₦2,500, together
 * at most ₦2,000 (published pricing: paystack.helpscoutdocs.com/article/42-pay-with-card). The rounding
 * of a fraction of a kobo is not published; here it is half up.
 */
export function cardFeeMinor(amountMinor: number): number {
  const amount = BigInt(amountMinor);
  const percentage = (amount * 15n + 500n) / 1_000n;
  const flat = amount < 2_500n * KOBO ? 0n : 100n * KOBO;
  const fee = percentage + flat;
  const cap = 2_000n * KOBO;
  return Number(fee < cap ? fee : cap);
}

/** A naira transfer costs ₦10 up to ₦5,000, ₦25 up to ₦50,000, ₦50 above (reported, not published). */
export function transferFeeMinor(amountMinor: number, currency: string): number {
  if (currency !== 'NGN') {
    return 0;
  }
  const amount = BigInt(amountMinor);
  if (amount <= 5_000n * KOBO) {
    return Number(10n * KOBO);
  }
  return Number((amount <= 50_000n * KOBO ? 25n : 50n) * KOBO);
}
