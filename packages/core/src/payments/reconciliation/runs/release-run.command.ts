import { command } from '../../../command.ts';
import { type ClaimedRun, holdRun } from './run.store.ts';

/** Lets go of a run that is not at its end, so that whoever comes next goes on with it at once. */
export const releaseRun = command('reconciliation.release', async (tx, { run }: { run: ClaimedRun }) => ({
  result: await holdRun(tx, run, { leasedUntil: null }),
}));
