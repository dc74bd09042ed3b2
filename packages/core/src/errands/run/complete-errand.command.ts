import type { CompleteErrand } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { sealReceipt } from '../sealed-errand.ts';
import { decideComplete } from './run.rules.ts';

/**
 * The runner has brought the items and says what they cost.
 * Refuses with `OBJECT_NOT_FOUND`, `TRANSITION_REFUSED` and `GOODS_OVER_BUDGET`.
 */
export const completeErrand = command('errands.complete', async (tx, input: CompleteErrand, context) => {
  orThrow(requireUser(context.viewer));
  const started = await lockErrand(tx, input.errandId);
  const actor = orThrow(actorIn(started, context.viewer));
  const receiptSealed = sealReceipt(context.dataKey(), input.errandId, input.receipt, context.random);
  const given = { goodsSpentMinor: input.goodsSpentMinor, receiptSealed };
  const errand = orThrow(decideComplete(started, actor, given, context.now));
  const result = await viewErrand(tx, context, errand);
  return { result, writes: [updateOfErrand(errand)], events: [errandEvent(errand, 'complete')] };
});
