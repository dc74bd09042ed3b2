import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';

/** Forgets challenges that nobody can answer any more: anybody may ask for one, so they would pile up. */
export const pruneCeremonies: Sweep = (core, limit) =>
  deletePast(core, clockCall('ceremonies.prune'), { limit });

const deletePast = command('ceremonies.prune', async (tx, { limit }: { limit: number }, { now }) => {
  const past = tx
    .selectFrom('auth_ceremonies')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit);
  const deleted = await tx.deleteFrom('auth_ceremonies').where('id', 'in', past).executeTakeFirst();
  const count = Number(deleted.numDeletedRows);
  return { result: count, isIdle: count === 0 };
});
