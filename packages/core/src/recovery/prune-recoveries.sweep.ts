import { after } from '../clock.ts';
import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';
import { deletePastRecoveries } from './recovery.store.ts';

/** Forgets recoveries that came to nothing. Those that brought somebody back are kept. */
export const pruneRecoveries: Sweep = (core, limit) =>
  deletePast(core, clockCall('recoveries.prune'), { limit });

const deletePast = command('recoveries.prune', async (tx, { limit }: { limit: number }, { now, policy }) => {
  const count = await deletePastRecoveries(tx, after(now, -policy.recovery.keptSeconds), limit);
  return { result: count, isIdle: count === 0 };
});
