import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { amountMinorIn, amountMinorOut, currency } from './money.ts';

/**
 * What a person would sell of one currency, all that leaves his wallet, or buy of the other: exactly one of the two
 * amounts.
 */
export const quoteExchangeIn = z
  .strictObject({
    sold: currency,
    bought: currency,
    sellMinor: amountMinorIn.optional(),
    buyMinor: amountMinorIn.optional(),
  })
  .refine(({ sold, bought }) => sold !== bought, { error: 'must be another currency', path: ['bought'] })
  .refine(({ sellMinor, buyMinor }) => (sellMinor === undefined) !== (buyMinor === undefined), {
    error: 'must have either sellMinor or buyMinor',
    path: ['sellMinor'],
  });
export type QuoteExchange = z.output<typeof quoteExchangeIn>;

/** An offer to exchange money, good for a short time and at exactly these amounts. */
export const exchangeQuote = z.strictObject({
  quoteId: idOut('exchangeQuote'),
  sold: currency,
  bought: currency,
  /** What leaves the wallet: this and the fee, both in the currency sold. */
  soldMinor: amountMinorOut,
  feeMinor: amountMinorOut,
  /** What comes into it. */
  boughtMinor: amountMinorOut,
  /** How much of the currency bought one unit of the currency sold buys, both in major units: an exact decimal. */
  rate: z.string().regex(/^\d{1,12}(\.\d{1,12})?$/),
  /** From when on the rate was good. */
  rateFrom: z.date(),
  quotedAt: z.date(),
  expiresAt: z.date(),
  /** When it was accepted, or null. */
  exchangedAt: z.date().nullable(),
});
export type ExchangeQuote = z.infer<typeof exchangeQuote>;

export const exchangeIn = z.strictObject({ quoteId: idIn('exchangeQuote') });
