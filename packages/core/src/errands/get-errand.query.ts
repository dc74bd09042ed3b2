import type { ErrandInput } from '@errand-dash/contract';
import { query } from '../query.ts';
import { orThrow, refuse } from '../refusal.ts';
import { actorIn } from './errand.rules.ts';
import { findErrand } from './errand.store.ts';
import { viewErrand } from './errand-view.query.ts';

/** An errand, for its parties. Refuses with `OBJECT_NOT_FOUND` whoever else asks. */
export const getErrand = query('errands.get', async (db, { errandId }: ErrandInput, context) => {
  const errand = (await findErrand(db, errandId)) ?? orThrow(refuse('OBJECT_NOT_FOUND', {}));
  orThrow(actorIn(errand, context.viewer));
  return viewErrand(db, context, errand);
});
