import { command } from '../../../command.ts';
import { orThrow, refuse } from '../../../refusal.ts';
import { advanceDue, lockOpenRun } from './run.store.ts';

/**
 * Has the books read and compared now instead of when it is due; one that waits for the provider goes on at once.
 * For the machines: refuses people with `ROLE_MISSING`.
 */
export const requestReconciliation = command(
  'reconciliation.request',
  async (tx, _input: Record<string, never>, context) => {
    if (context.viewer.kind === 'user') orThrow(refuse('ROLE_MISSING', { role: 'admin' }));
    const open = await lockOpenRun(tx, { runId: context.newId(), dueAt: context.now });
    if (open !== null) await advanceDue(tx, open.runId, context.now);
    return { result: null, wake: ['reconcile'] };
  },
);
