import type { ErrandInput } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { releaseEscrow } from '../../escrow/index.ts';
import { orThrow } from '../../refusal.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, saveErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { escrowActorOf } from '../escrow-actor.rules.ts';
import { decideConfirm } from './ending.rules.ts';

/**
 * The sender, or the clock when she stays silent, says that it is done: the runner, the sender and the platform
 * get their parts in one set of transfers.
 * Refuses with `OBJECT_NOT_FOUND`, `TRANSITION_REFUSED` and `SIGNATURE_NEEDED`.
 */
export const confirmErrand = command('errands.confirm', async (tx, input: ErrandInput, context) => {
  const completed = await lockErrand(tx, input.errandId);
  const actor = orThrow(actorIn(completed, context.viewer));
  const { errand, pay } = orThrow(decideConfirm(completed, actor, context.policy, context.now));
  const released = await releaseEscrow(tx, context, {
    escrowId: errand.escrowId,
    by: escrowActorOf(actor),
    ...pay,
  });
  await saveErrand(tx, errand);
  const events = [errandEvent(errand, 'confirm'), ...released];
  return { result: await viewErrand(tx, context, errand), events };
});
