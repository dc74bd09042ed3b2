import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';

/** Forgets ceremonies that were used, once they have long expired and so are refused without that. */
export const pruneCeremonies: Sweep = (core, limit) =>
  deletePast(core, clockCall('ceremonies.prune'), { limit });

const deletePast = command('ceremonies.prune', async (tx, { limit }: { limit: number }, { now }) => {
  const past = tx
    .selectFrom('spent_ceremonies')
    .select('id')
    .where('expires_at', '<=', after(now, -KEPT_SECONDS))
    .orderBy('expires_at')
    .limit(limit);
  const deleted = await tx.deleteFrom('spent_ceremonies').where('id', 'in', past).executeTakeFirst();
  const count = Number(deleted.numDeletedRows);
  return { result: count, isIdle: count === 0 };
});

/**
 * Longer than any transaction runs: in one that took its time before the expiry a used ceremony must still be found, or
 * it would be good a second time.
 */
const KEPT_SECONDS = 3600;
