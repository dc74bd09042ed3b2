import { z } from 'zod';

/**
 * The currencies that the ledger can keep, NGN first. `decimals` is the exponent of the minor unit (ISO 4217): NGN 2
 * means that 100 kobo are one naira, JPY 0 that there is nothing below a yen, KWD 3 that 1,000 fils are a dinar. Which
 * of them are open to people is the server's configuration.
 */
export const currencies = {
  NGN: { decimals: 2, name: 'Nigerian naira', symbol: '₦' },
  GHS: { decimals: 2, name: 'Ghanaian cedi', symbol: 'GH₵' },
  KES: { decimals: 2, name: 'Kenyan shilling', symbol: 'KSh ' },
  USD: { decimals: 2, name: 'US dollar', symbol: 'US$' },
  JPY: { decimals: 0, name: 'Japanese yen', symbol: 'JP¥' },
  KWD: { decimals: 3, name: 'Kuwaiti dinar', symbol: 'KD ' },
} as const;

export type Currency = keyof typeof currencies;

/** The codes of {@link currencies}, in their order. */
export const currencyCodes = Object.keys(currencies) as [Currency, ...Currency[]];

export const currency = z.enum(currencyCodes);

/** The largest amount on the wire, in minor units: the largest integer that JSON numbers carry exactly. */
export const AMOUNT_MINOR_MAX = Number.MAX_SAFE_INTEGER;

const wireAmount = z.int({ error: 'must be an integer number of minor units' }).max(AMOUNT_MINOR_MAX);

/** An amount above zero in a request: an integer of minor units on the wire, a bigint in core. */
export const amountMinorIn = wireAmount.min(1).transform((value) => BigInt(value));

/** An amount of zero or more in a request: an integer of minor units on the wire, a bigint in core. */
export const amountOrZeroMinorIn = wireAmount.min(0).transform((value) => BigInt(value));

/** An amount of zero or more in an answer, in minor units. */
export const amountMinorOut = z.int().min(0).max(AMOUNT_MINOR_MAX);

/**
 * What an account had at some point, in minor units. It may be below zero for a moment: between the transfers of one
 * movement, and as of an instant, since commands wait in another order than they began in.
 */
export const balanceAtMinorOut = z.int().min(-AMOUNT_MINOR_MAX).max(AMOUNT_MINOR_MAX);
