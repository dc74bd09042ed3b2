import * as z from 'zod';

/** Field shapes shared by the answers. Unknown fields pass, since Paystack adds them without notice. */

/** A safe integer of minor units; a string, a fraction or 2^53 makes the whole answer malformed. */
export const amountField = z.int().nonnegative().transform(BigInt);

/** The balance's own movements may be negative. */
export const signedAmountField = z.int().transform(BigInt);

/** Such as `fees` and `fee_charged`, which are null or absent until they are known. */
export const optionalAmountField = amountField.nullish().transform((amount) => amount ?? null);

/** REST gives numbers, some webhooks strings; kept as text, so that no id is ever rounded. */
export const idField = z
  .union([z.int().nonnegative(), z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)])
  .transform(String);

export const currencyField = z.string().regex(/^[A-Z]{3}$/);

export const textField = z.string().max(2_000);

export const optionalTextField = textField.nullish().transform((text) => text ?? null);

export const instantField = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** Null when the moment has not come; text that is no instant is malformed. */
export const optionalInstantField = instantField.nullish().transform((instant) => instant ?? null);
