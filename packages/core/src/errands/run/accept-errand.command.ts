import type { ErrandInput } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { assignEscrow } from '../../escrow/index.ts';
import { orThrow } from '../../refusal.ts';
import { requirePermission } from '../../users/index.ts';
import { errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { decideAccept } from './run.rules.ts';

/**
 * Takes a posted errand; of several at once one gets it. Who runs another errand may take this one too.
 * Refuses with `ROLE_MISSING`, `OBJECT_NOT_FOUND`, `ERRAND_OWN`, `ERRAND_TAKEN` and, its runner alone,
 * `TRANSITION_REFUSED`.
 */
export const acceptErrand = command('errands.accept', async (tx, input: ErrandInput, context) => {
  const { userId } = orThrow(requirePermission(context.viewer, 'errands.accept'));
  const posted = await lockErrand(tx, input.errandId);
  const errand = orThrow(decideAccept(posted, userId, context.now, context.policy.errand));
  const [result, assigning] = await Promise.all([
    viewErrand(tx, context, errand),
    assignEscrow(tx, { escrowId: errand.escrowId, payeeId: userId }),
  ]);
  const events = [errandEvent(errand, 'accept')];
  return { result, writes: [updateOfErrand(errand), assigning], events };
});
