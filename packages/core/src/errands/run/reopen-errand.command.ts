import type { ErrandInput } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { unassignEscrow } from '../../escrow/index.ts';
import { orThrow } from '../../refusal.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { decideReopen } from './run.rules.ts';

/**
 * The clock posts an errand again whose runner has not started in time.
 * Refuses with `OBJECT_NOT_FOUND` and `TRANSITION_REFUSED`.
 */
export const reopenErrand = command('errands.reopen', async (tx, input: ErrandInput, context) => {
  const accepted = await lockErrand(tx, input.errandId);
  const errand = orThrow(decideReopen(accepted, orThrow(actorIn(accepted, context.viewer)), context.now));
  const [result, unassigning] = await Promise.all([
    viewErrand(tx, context, errand),
    unassignEscrow(tx, { escrowId: errand.escrowId, by: 'clock' }),
  ]);
  const events = [errandEvent(errand, 'reopen', accepted.runnerId)];
  return { result, writes: [updateOfErrand(errand), unassigning], events };
});
