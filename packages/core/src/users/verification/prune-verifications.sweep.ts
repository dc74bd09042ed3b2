import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';
import { deletePastVerifications } from './verification.store.ts';

/** Forgets verifications once they count for no limit any more. */
export const pruneVerifications: Sweep = (core, limit) =>
  deletePast(core, clockCall('verifications.prune'), { limit });

const deletePast = command(
  'verifications.prune',
  async (tx, { limit }: { limit: number }, { now, policy }) => {
    // They expire after they were made, so that whoever expired a window ago was made before it began.
    const count = await deletePastVerifications(tx, after(now, -policy.auth.codeWindowSeconds), limit);
    return { result: count, isIdle: count === 0 };
  },
);
