import { after } from '../../../clock.ts';
import { command } from '../../../command.ts';
import { type ClaimedRun, holdRun } from './run.store.ts';

/** Keeps others from a run for another while. False: it was taken by somebody else since. */
export const extendRun = command(
  'reconciliation.extend',
  async (tx, { run }: { run: ClaimedRun }, { now, policy }) => ({
    result: await holdRun(tx, run, { leasedUntil: after(now, policy.reconciliation.leaseSeconds) }),
  }),
);
