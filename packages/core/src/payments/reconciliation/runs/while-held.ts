import type { Core } from '../../../core.ts';
import { clockCall } from '../../../sweep.ts';
import { extendRun } from './extend-run.command.ts';
import type { ClaimedRun } from './run.store.ts';

/**
 * Does work that may take longer than a run's lease, and extends the lease meanwhile, and not any more once it has
 * answered. The work is given how to see whether somebody else has the run now, so that what it does is for nothing.
 */
export async function whileHeld<T>(
  core: Core,
  run: ClaimedRun,
  work: (isLost: () => boolean) => Promise<T>,
): Promise<T> {
  let isLost = false;
  let isOver = false;
  let beats = Promise.resolve();
  const extend = async (): Promise<void> => {
    if (isOver) return;
    try {
      isLost = !(await extendRun(core, call, { run }));
    } catch (error) {
      const kind = error instanceof Error ? error.name : typeof error;
      core.log('warn', 'a run could not be held on to', { runId: run.runId, error: kind });
    }
  };
  const beat = () => {
    beats = beats.then(extend);
  };
  const timer = setInterval(beat, (core.policy.reconciliation.leaseSeconds * 1000) / 3);
  try {
    return await work(() => isLost);
  } finally {
    clearInterval(timer);
    isOver = true;
    // One that is under way would take the run anew after whoever called has let it go.
    await beats;
  }
}

const call = clockCall('reconciliation.run');
