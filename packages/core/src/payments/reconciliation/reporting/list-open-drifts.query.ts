import { query } from '../../../query.ts';
import { orThrow, refuse } from '../../../refusal.ts';
import { listOpen } from '../drifts/drift.store.ts';
import type { Drift } from '../drifts/drift.ts';

/** The drifts that are open, the newest first, at most so many. For the machines: refuses people. */
export const listOpenDrifts = query(
  'reconciliation.openDrifts',
  async (db, { limit }: { limit: number }, { viewer }): Promise<Drift[]> => {
    if (viewer.kind === 'user') orThrow(refuse('ROLE_MISSING', { role: 'admin' }));
    return listOpen(db, limit);
  },
);
