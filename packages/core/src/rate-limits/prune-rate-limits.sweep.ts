import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';

/** Forgets the counts of windows that have ended: whoever called once would else have a row for ever. */
export const pruneRateLimits: Sweep = (core, limit) =>
  deletePast(core, clockCall('rateLimits.prune'), { limit });

const deletePast = command('rateLimits.prune', async (tx, { limit }: { limit: number }, { now }) => {
  // What somebody adds to at this moment is left for the next time, as is what would have to be waited for.
  const past = tx
    .selectFrom('rate_limits')
    .select('key')
    .where('ends_at', '<=', now)
    .orderBy('ends_at')
    .limit(limit)
    .forUpdate()
    .skipLocked();
  const deleted = await tx.deleteFrom('rate_limits').where('key', 'in', past).executeTakeFirst();
  const count = Number(deleted.numDeletedRows);
  return { result: count, isIdle: count === 0 };
});
