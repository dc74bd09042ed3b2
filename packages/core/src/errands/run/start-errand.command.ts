import type { ErrandInput } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { orThrow } from '../../refusal.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { viewErrand } from '../errand-view.query.ts';
import { decideStart } from './run.rules.ts';

/** The runner sets out. Refuses with `OBJECT_NOT_FOUND` and `TRANSITION_REFUSED`. */
export const startErrand = command('errands.start', async (tx, input: ErrandInput, context) => {
  const accepted = await lockErrand(tx, input.errandId);
  const errand = orThrow(decideStart(accepted, orThrow(actorIn(accepted, context.viewer)), context.now));
  const result = await viewErrand(tx, context, errand);
  return { result, writes: [updateOfErrand(errand)], events: [errandEvent(errand, 'start')] };
});
