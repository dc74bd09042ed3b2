import { type Escrow, formatId } from '@errand-dash/contract';
import { type EscrowView, heldMinorOf } from '@errand-dash/core';
import { presentPublicUser } from './users.present.ts';

export const presentEscrow = (escrow: EscrowView): Escrow => ({
  escrowId: formatId('escrow', escrow.escrowId),
  state: escrow.state,
  currency: escrow.currency,
  amountMinor: Number(escrow.amountMinor),
  heldMinor: Number(heldMinorOf(escrow)),
  payer: presentPublicUser(escrow.payer),
  payee: escrow.payee && presentPublicUser(escrow.payee),
  errandId: formatId('errand', escrow.cause.id),
  createdAt: escrow.createdAt,
  endedAt: escrow.endedAt,
});
