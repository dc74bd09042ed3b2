import { query } from '../../query.ts';
import { orThrow, refuse } from '../../refusal.ts';
import type { TopUp } from './top-up.rules.ts';
import { findTopUp } from './top-up.store.ts';

/** A person's own top-up. Refuses with `OBJECT_NOT_FOUND` where there is none, or it is somebody else's. */
export const getTopUp = query(
  'topup.get',
  async (db, { topUpId }: { topUpId: string }, { viewer }): Promise<TopUp> => {
    const topUp = await findTopUp(db, topUpId);
    const isOwn = topUp !== null && viewer.kind === 'user' && viewer.userId === topUp.userId;
    return isOwn ? topUp : orThrow(refuse('OBJECT_NOT_FOUND', {}));
  },
);
