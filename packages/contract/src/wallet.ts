import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { amountMinorIn, amountMinorOut, currency } from './money.ts';

/** What a person has in one currency, in minor units. */
export const balance = z.strictObject({
  currency,
  /** Free to spend or withdraw. */
  availableMinor: amountMinorOut,
  /** In escrows that this person pays into. */
  heldMinor: amountMinorOut,
  /** Held back by a chargeback, a case or a cap. */
  frozenMinor: amountMinorOut,
  /** On its way to the person's bank. */
  onTheWayMinor: amountMinorOut,
});
export type Balance = z.infer<typeof balance>;
export const balances = z.strictObject({ balances: z.array(balance) });

export const topUpStates = ['created', 'pending', 'succeeded', 'failed', 'abandoned', 'mismatched'] as const;
export type TopUpState = (typeof topUpStates)[number];

export const startTopUpIn = z.strictObject({
  amountMinor: amountMinorIn,
  currency,
  /** The provider sends its receipt there. It is handed to the provider and not kept. */
  email: z.email().max(254),
});
export type StartTopUp = z.output<typeof startTopUpIn>;

export const topUp = z.strictObject({
  topUpId: idOut('topUp'),
  state: z.enum(topUpStates),
  amountMinor: amountMinorOut,
  currency,
  /**
   * Where the person pays. Null until the provider has answered, and after the end. In the state `pending` it is null
   * where the provider's answer was lost, and it does not come any more: start another top-up. The one without an
   * address cannot be paid, and is `abandoned` by itself about an hour after it began.
   */
  checkoutUrl: z.url().nullable(),
  createdAt: z.date(),
  /** When the state became final, or null while it is open. */
  endedAt: z.date().nullable(),
});
export type TopUp = z.infer<typeof topUp>;
export const getTopUpIn = z.strictObject({ topUpId: idIn('topUp') });
