/** `₦20,000.00`, from kobo. */
export function naira(amountMinor: number): string {
  const digits = String(Math.abs(amountMinor)).padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${amountMinor < 0 ? '−' : ''}₦${whole}.${digits.slice(-2)}`;
}

/** `+₦20,000.00` or `−₦20,000.00`. */
export const signedNaira = (amountMinor: number): string =>
  amountMinor > 0 ? `+${naira(amountMinor)}` : naira(amountMinor);
