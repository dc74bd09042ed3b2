import { after } from '../../../clock.ts';
import { command } from '../../../command.ts';
import { type ClaimedRun, holdRun, insertRun } from './run.store.ts';

/** Ends a run all of whose steps are done, and says when the next is due. */
export const finishRun = command(
  'reconciliation.finish',
  async (tx, { run }: { run: ClaimedRun }, context) => {
    const { now, policy } = context;
    const isHeld = await holdRun(tx, run, { leasedUntil: null, finishedAt: now });
    if (isHeld) {
      await insertRun(tx, {
        runId: context.newId(),
        dueAt: after(now, policy.reconciliation.everySeconds),
      });
    }
    return { result: isHeld };
  },
);
