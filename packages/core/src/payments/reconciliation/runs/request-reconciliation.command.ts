import { command } from '../../../command.ts';
import { orThrow } from '../../../refusal.ts';
import { requireServer } from '../../../users/index.ts';
import { advanceDue, lockOpenRun } from './run.store.ts';

/**
 * Has the books read and compared now instead of when it is due; one that waits for the provider goes on at once.
 * For the clock, and who works on the server: refuses everybody else with `ROLE_MISSING`.
 */
export const requestReconciliation = command(
  'reconciliation.request',
  async (tx, _input: Record<string, never>, context) => {
    if (context.viewer.kind !== 'clock') orThrow(requireServer(context.viewer));
    const open = await lockOpenRun(tx, { runId: context.newId(), dueAt: context.now });
    if (open !== null) await advanceDue(tx, open.runId, context.now);
    return { result: null, wake: ['reconcile'] };
  },
);
