import { signedFromLimit } from '../../approvals/index.ts';
import { releaseEscrow } from '../../escrow/index.ts';
import { isRefusal, orThrow } from '../../refusal.ts';
import { decideMoneyOut } from '../../users/index.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { escrowActorOf } from '../escrow-actor.rules.ts';
import { decideConfirm } from './ending.rules.ts';
import { signedConfirmation } from './signed-ending.ts';

/**
 * The sender, or the clock when she stays silent, says that it is done: the runner, the sender and the platform
 * get their parts in one set of transfers.
 * Refuses with `OBJECT_NOT_FOUND`, `TRANSITION_REFUSED`, `SIGNATURE_NEEDED` and `SIGNATURE_REFUSED`,
 * and the sender for a day after a recovery with `MONEY_OUT_COOLING`.
 */
export const confirmErrand = signedFromLimit(signedConfirmation, async (tx, input, context) => {
  const completed = await lockErrand(tx, input.errandId);
  const actor = orThrow(actorIn(completed, context.viewer));
  const decision = decideConfirm(completed, actor, context.now);
  if (isRefusal(decision)) return { refusal: decision };
  const cooling = decideMoneyOut(context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  const { errand, pay } = decision;
  const [result, released] = await Promise.all([
    viewErrand(tx, context, errand),
    releaseEscrow(tx, context, { escrowId: errand.escrowId, by: escrowActorOf(actor), ...pay }),
  ]);
  return {
    result,
    writes: [updateOfErrand(errand), ...released.writes],
    movements: released.movements,
    events: [errandEvent(errand, 'confirm'), ...released.events],
  };
});
