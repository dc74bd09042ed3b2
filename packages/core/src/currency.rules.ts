import type { Currency } from '@errand-dash/contract';
import type { Policy } from './policy.ts';
import { type Decision, refuse } from './refusal.ts';

/** The currency of what enters, leaves or is promised here. Refuses with `CURRENCY_NOT_OPEN` any but the home currency. */
export const decideHomeCurrency = (
  currency: Currency,
  { homeCurrency }: Pick<Policy, 'homeCurrency'>,
): Decision<Currency> =>
  currency === homeCurrency ? currency : refuse('CURRENCY_NOT_OPEN', { currency, open: [homeCurrency] });

/** A currency that people may keep money in. Refuses with `CURRENCY_NOT_OPEN`. */
export const decideOpenCurrency = (
  currency: Currency,
  { openCurrencies }: Pick<Policy, 'openCurrencies'>,
): Decision<Currency> =>
  openCurrencies.includes(currency)
    ? currency
    : refuse('CURRENCY_NOT_OPEN', { currency, open: [...openCurrencies] });
