import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { amountMinorOut, currency } from './money.ts';
import { publicUser } from './users.ts';

export const escrowStates = ['held', 'released', 'refunded', 'split'] as const;
export type EscrowState = (typeof escrowStates)[number];

/** Money that waits until the work is confirmed, as its payer and payee see it. */
export const escrow = z.strictObject({
  escrowId: idOut('escrow'),
  state: z.enum(escrowStates),
  currency,
  /** What was held at the beginning. */
  amountMinor: amountMinorOut,
  /** What is held now; zero at the end. */
  heldMinor: amountMinorOut,
  payer: publicUser,
  payee: publicUser.nullable(),
  /** The errand that the money is held for. */
  errandId: idOut('errand'),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
});
export type Escrow = z.infer<typeof escrow>;
export const getEscrowIn = z.strictObject({ escrowId: idIn('escrow') });
