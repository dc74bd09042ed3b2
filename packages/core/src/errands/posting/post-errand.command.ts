import type { PostErrand } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { holdEscrow } from '../../escrow/index.ts';
import { orThrow } from '../../refusal.ts';
import { decideMoneyOut, requirePermission } from '../../users/index.ts';
import { errandEvent } from '../errand.rules.ts';
import { insertionOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { roughPlaceOf } from '../listings/place.rules.ts';
import { sealDeliverTo } from '../sealed-errand.ts';
import { decidePost } from './posting.rules.ts';

/**
 * Posts an errand and holds its whole cost, reward and goods budget, in the same transaction.
 * Refuses with `ROLE_MISSING`, `CURRENCY_NOT_OPEN`, `DEADLINE_INVALID`, `AMOUNT_TOO_LARGE`, `MONEY_OUT_COOLING` and
 * `FUNDS_INSUFFICIENT`.
 */
export const postErrand = command('errands.post', async (tx, input: PostErrand, context) => {
  const { userId: senderId } = orThrow(requirePermission(context.viewer, 'errands.post'));
  const { now, policy } = context;
  const errandId = context.newId();
  const errand = orThrow(
    decidePost(input, policy, {
      errandId,
      escrowId: context.newId(),
      senderId,
      place: roughPlaceOf(input.deliverTo),
      deliverToSealed: sealDeliverTo(context.dataKey(), errandId, input.deliverTo, context.random),
      now,
    }),
  );
  const { escrowId, currency, terms } = errand;
  // What is posted is soon owed: who recovered an account wrongly would have an accomplice accept.
  orThrow(decideMoneyOut(context.viewer, now));
  const held = holdEscrow(context, {
    escrowId,
    currency,
    amountMinor: terms.rewardMinor + terms.goodsBudgetMinor,
    payerId: senderId,
    cause: { type: 'errand', id: errandId },
  });
  return {
    result: await viewErrand(tx, context, errand, { deliverTo: input.deliverTo }),
    events: [errandEvent(errand, 'post'), ...held.events],
    writes: [...held.writes, insertionOfErrand(errand)],
    movements: held.movements,
  };
});
