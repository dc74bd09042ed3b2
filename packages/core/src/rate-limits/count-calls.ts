import { sql } from 'kysely';
import { after, type Clock } from '../clock.ts';
import type { Core } from '../core.ts';
import { blindIndex } from '../sealing.ts';

export interface CallsToCount {
  /** Which count: the class and the procedure. */
  name: string;
  /** Whose: a person's id, a network. Kept as a keyed hash only. */
  who: string;
  calls: number;
  windowSeconds: number;
}

export interface CallCount {
  /** In the window that runs, these included. */
  calls: number;
  endsInMilliseconds: number;
}

/**
 * Adds calls to a count that all processes share, in one round trip. A window begins with the first call after the
 * one before has ended, by the database's time, so that processes whose clocks differ agree.
 *
 * Outside `command()`: a refused call must count too, and a count may be lost.
 */
export async function countCalls(core: Core, clock: Clock, asked: CallsToCount): Promise<CallCount> {
  const now = await clock();
  const { name, who, calls, windowSeconds } = asked;
  const key = `${name} ${blindIndex(core.keyring, 'rate_limits.key', who).toString('base64url')}`;
  const isOver = sql<boolean>`rate_limits.ends_at <= ${now}`;
  const row = await core.db
    .insertInto('rate_limits')
    .values({ key, calls, ends_at: after(now, windowSeconds) })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        calls: sql`case when ${isOver} then excluded.calls else rate_limits.calls + excluded.calls end`,
        ends_at: sql`case when ${isOver} then excluded.ends_at else rate_limits.ends_at end`,
      }),
    )
    .returning(['calls', 'ends_at'])
    .executeTakeFirstOrThrow();
  return { calls: row.calls, endsInMilliseconds: row.ends_at.getTime() - now.getTime() };
}
