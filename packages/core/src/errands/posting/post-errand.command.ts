import type { PostErrand } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { holdEscrow } from '../../escrow/index.ts';
import { orThrow } from '../../refusal.ts';
import { requirePermission } from '../../users/index.ts';
import { errandEvent } from '../errand.rules.ts';
import { insertErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { roughPlaceOf } from '../listings/place.rules.ts';
import { sealDeliverTo } from '../sealed-errand.ts';
import { decidePost } from './posting.rules.ts';

/**
 * Posts an errand and holds its whole cost, reward and goods budget, in the same transaction.
 * Refuses with `ROLE_MISSING`, `CURRENCY_NOT_OPEN`, `DEADLINE_INVALID`, `AMOUNT_TOO_LARGE` and `FUNDS_INSUFFICIENT`.
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
  const held = holdEscrow(tx, context, {
    escrowId,
    currency,
    amountMinor: terms.rewardMinor + terms.goodsBudgetMinor,
    payerId: senderId,
    cause: { type: 'errand', id: errandId },
  });
  const [told, result] = await Promise.all([held, viewErrand(tx, context, errand), insertErrand(tx, errand)]);
  return { result, events: [errandEvent(errand, 'post'), ...told] };
});
