import type { Currency } from '@errand-dash/contract';
import type { Policy } from '../policy.ts';

/** What a person has in one currency. */
export interface WalletBalance {
  currency: Currency;
  availableMinor: bigint;
  heldMinor: bigint;
  frozenMinor: bigint;
  onTheWayMinor: bigint;
}

/** Whether people may keep money in the currency, or this person has some although it is no longer open. */
export const isWorthShowing = (
  { currency, availableMinor, heldMinor, frozenMinor, onTheWayMinor }: WalletBalance,
  { openCurrencies }: Pick<Policy, 'openCurrencies'>,
): boolean =>
  openCurrencies.includes(currency) ||
  [availableMinor, heldMinor, frozenMinor, onTheWayMinor].some((amountMinor) => amountMinor !== 0n);
