import type { ErrandInput } from '@errand-dash/contract';
import { query } from '../query.ts';
import { orThrow, refuse } from '../refusal.ts';
import type { ErrandActor } from './errand.machine.ts';
import { actorIn } from './errand.rules.ts';
import { findErrand } from './errand.store.ts';

/** One line of an errand's history: what happened, when, and by whom. */
export interface ErrandChange {
  event: string;
  at: Date;
  by: ErrandActor;
}

/** An errand's history, oldest first, for its parties. Refuses with `OBJECT_NOT_FOUND` whoever else asks. */
export const getErrandHistory = query(
  'errands.history',
  async (db, { errandId }: ErrandInput, { viewer }): Promise<ErrandChange[]> => {
    const errand = (await findErrand(db, errandId)) ?? orThrow(refuse('OBJECT_NOT_FOUND', {}));
    orThrow(actorIn(errand, viewer));
    const rows = await db
      .selectFrom('events')
      .select(['name', 'occurred_at', 'actor_kind', 'actor_id', 'data'])
      .where('subject_type', '=', 'errand')
      .where('subject_id', '=', errandId)
      .execute();
    // Two commands may have waited for the same row longer than their times differ: the version is the order.
    return rows
      .toSorted((a, b) => versionOf(a.data) - versionOf(b.data))
      .map((row) => ({
        event: row.name,
        at: row.occurred_at,
        by: row.actor_kind === 'clock' ? 'clock' : row.actor_id === errand.senderId ? 'sender' : 'runner',
      }));
  },
);

function versionOf(data: unknown): number {
  const isVersioned = typeof data === 'object' && data !== null && 'version' in data;
  if (!isVersioned || typeof data.version !== 'number') throw new Error('an errand event has no version');
  return data.version;
}
