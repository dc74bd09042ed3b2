import type { Tx } from '@errand-dash/db';
import type { CompiledQuery } from 'kysely';
import { orThrow } from '../refusal.ts';
import type { EscrowActor } from './escrow.machine.ts';
import { decideAssign, decideUnassign } from './escrow.rules.ts';
import { lockEscrow, updateOfEscrow } from './escrow.store.ts';

/** Names the payee of an escrow that has none, inside another module's command and with its end. */
export async function assignEscrow(
  tx: Tx,
  given: { escrowId: string; payeeId: string },
): Promise<CompiledQuery> {
  const escrow = await lockEscrow(tx, given.escrowId);
  return updateOfEscrow(orThrow(decideAssign(escrow, given.payeeId)));
}

/** Takes the payee's name off an escrow, inside another module's command and with its end. */
export async function unassignEscrow(
  tx: Tx,
  given: { escrowId: string; by: EscrowActor },
): Promise<CompiledQuery> {
  const escrow = await lockEscrow(tx, given.escrowId);
  return updateOfEscrow(orThrow(decideUnassign(escrow, given.by)));
}
