import { query } from '../../query.ts';
import { orThrow, refuse } from '../../refusal.ts';
import type { Withdrawal } from './withdrawal.rules.ts';
import { findWithdrawal } from './withdrawal.store.ts';

/** A person's own withdrawal. Refuses with `OBJECT_NOT_FOUND` where there is none, or it is somebody else's. */
export const getWithdrawal = query(
  'wallet.getWithdrawal',
  async (db, { withdrawalId }: { withdrawalId: string }, { viewer }): Promise<Withdrawal> => {
    const withdrawal = await findWithdrawal(db, withdrawalId);
    const isOwn = withdrawal !== null && viewer.kind === 'user' && viewer.userId === withdrawal.userId;
    return isOwn ? withdrawal : orThrow(refuse('OBJECT_NOT_FOUND', {}));
  },
);
