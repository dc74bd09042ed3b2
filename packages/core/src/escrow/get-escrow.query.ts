import { query } from '../query.ts';
import { orThrow, refuse } from '../refusal.ts';
import { findPublicUsers, type PublicUser, requireUser } from '../users/index.ts';
import type { Escrow } from './escrow.rules.ts';
import { findEscrow } from './escrow.store.ts';

/** An escrow with the faces of its parties. */
export interface EscrowView extends Escrow {
  payer: PublicUser;
  payee: PublicUser | null;
}

/** An escrow, for its payer and its payee. Refuses with `OBJECT_NOT_FOUND` whoever else asks. */
export const getEscrow = query(
  'escrow.get',
  async (db, { escrowId }: { escrowId: string }, { viewer }): Promise<EscrowView> => {
    const { userId } = orThrow(requireUser(viewer));
    const escrow = await findEscrow(db, escrowId);
    const isParty = escrow?.payerId === userId || escrow?.payeeId === userId;
    if (escrow === null || !isParty) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
    const { payerId, payeeId } = escrow;
    const people = await findPublicUsers(db, payeeId === null ? [payerId] : [payerId, payeeId]);
    const payer = people.get(payerId);
    if (payer === undefined) throw new Error('the payer of an escrow is nobody');
    return { ...escrow, payer, payee: payeeId === null ? null : (people.get(payeeId) ?? null) };
  },
);
