import type { Tx } from '@errand-dash/db';
import { orThrow } from '../refusal.ts';
import type { EscrowActor } from './escrow.machine.ts';
import { decideAssign, decideUnassign } from './escrow.rules.ts';
import { lockEscrow, saveEscrow } from './escrow.store.ts';

/** Names the payee of an escrow that has none, inside another module's command. */
export async function assignEscrow(tx: Tx, given: { escrowId: string; payeeId: string }): Promise<void> {
  const escrow = await lockEscrow(tx, given.escrowId);
  await saveEscrow(tx, orThrow(decideAssign(escrow, given.payeeId)));
}

/** Takes the payee's name off an escrow, inside another module's command. */
export async function unassignEscrow(tx: Tx, given: { escrowId: string; by: EscrowActor }): Promise<void> {
  const escrow = await lockEscrow(tx, given.escrowId);
  await saveEscrow(tx, orThrow(decideUnassign(escrow, given.by)));
}
