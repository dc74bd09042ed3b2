import { after } from '../clock.ts';
import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';
import { deleteUntriedApprovals } from './approval.store.ts';

/** Forgets what somebody was asked to sign and never tried to. What was tried is kept for ever, signed or refused. */
export const pruneApprovals: Sweep = (core, limit) =>
  deletePast(core, clockCall('approvals.prune'), { limit });

const deletePast = command('approvals.prune', async (tx, { limit }: { limit: number }, { now, policy }) => {
  const count = await deleteUntriedApprovals(tx, after(now, -policy.auth.untriedApprovalKeptSeconds), limit);
  return { result: count, isIdle: count === 0 };
});
