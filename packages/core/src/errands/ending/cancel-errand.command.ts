import { signedFromLimit } from '../../approvals/index.ts';
import { refundEscrow, splitEscrow } from '../../escrow/index.ts';
import { isRefusal, orThrow } from '../../refusal.ts';
import { decideMoneyOut } from '../../users/index.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { escrowActorOf } from '../escrow-actor.rules.ts';
import { decideCancel } from './ending.rules.ts';
import { signedCancellation } from './signed-ending.ts';

/**
 * The sender calls it off: the money is shared by the cancellation table.
 * Refuses with `OBJECT_NOT_FOUND`, `TRANSITION_REFUSED`, `SIGNATURE_NEEDED` and `SIGNATURE_REFUSED`, with
 * `CANCELLATION_COSTS_MORE` where it costs more than she said,
 * and for a day after a recovery with `MONEY_OUT_COOLING` where it costs something.
 */
export const cancelErrand = signedFromLimit(signedCancellation, async (tx, input, context) => {
  const open = await lockErrand(tx, input.errandId);
  const actor = orThrow(actorIn(open, context.viewer));
  const decision = decideCancel(open, actor, context.now, input.costMaxMinor);
  if (isRefusal(decision)) return { refusal: decision };
  const { errand, pay } = decision;
  const cooling = decideMoneyOut(context.viewer, context.now);
  if (cooling !== null && pay.payeeMinor > 0n) return { refusal: cooling };
  const end = { escrowId: errand.escrowId, by: escrowActorOf(actor) };
  const ended =
    pay.payeeMinor === 0n
      ? await refundEscrow(tx, context, end)
      : await splitEscrow(tx, context, { ...end, ...pay });
  return {
    result: await viewErrand(tx, context, errand),
    writes: [updateOfErrand(errand), ...ended.writes],
    movements: ended.movements,
    events: [errandEvent(errand, 'cancel'), ...ended.events],
  };
});
