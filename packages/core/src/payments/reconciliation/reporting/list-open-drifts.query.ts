import { query } from '../../../query.ts';
import { orThrow } from '../../../refusal.ts';
import { requireServer } from '../../../users/index.ts';
import { listOpen } from '../drifts/drift.store.ts';
import type { Drift } from '../drifts/drift.ts';

/** The drifts that are open, the newest first, at most so many. For who works on the server: refuses everybody else. */
export const listOpenDrifts = query(
  'reconciliation.openDrifts',
  async (db, { limit }: { limit: number }, { viewer }): Promise<Drift[]> => {
    orThrow(requireServer(viewer));
    return listOpen(db, limit);
  },
);
