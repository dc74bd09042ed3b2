import { z } from 'zod';

/**
 * The currencies that accounts may be kept in. `decimals` is the exponent of the minor unit (ISO 4217):
 * NGN 2 means that 100 kobo are one naira.
 */
export const currencies = {
  NGN: { decimals: 2, symbol: '₦' },
} as const;

export type Currency = keyof typeof currencies;

export const currency = z.enum(Object.keys(currencies) as [Currency, ...Currency[]]);

/** The largest amount on the wire, in minor units: the largest integer that JSON numbers carry exactly. */
export const AMOUNT_MINOR_MAX = Number.MAX_SAFE_INTEGER;

const wireAmount = z.int({ error: 'must be an integer number of minor units' }).max(AMOUNT_MINOR_MAX);

/** An amount above zero in a request: an integer of minor units on the wire, a bigint in core. */
export const amountMinorIn = wireAmount.min(1).transform((value) => BigInt(value));

/** An amount of zero or more in a request: an integer of minor units on the wire, a bigint in core. */
export const amountOrZeroMinorIn = wireAmount.min(0).transform((value) => BigInt(value));

/** An amount of zero or more in an answer, in minor units. */
export const amountMinorOut = z.int().min(0).max(AMOUNT_MINOR_MAX);
