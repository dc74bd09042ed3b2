import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/**
 * Waits until nothing that was written before the call can be preceded by a running transaction. Those of other
 * databases of the same server count too.
 */
export async function untilSettled(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ next: string }>`
    select pg_snapshot_xmax(pg_current_snapshot())::text as next`.execute(db);
  const [{ next } = { next: '0' }] = rows;
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { rows: found } = await sql<{ isOver: boolean }>`
      select pg_snapshot_xmin(pg_current_snapshot()) >= ${next}::xid8 as "isOver"`.execute(db);
    if (found[0]?.isOver === true) return;
    await sleep(50);
  }
  throw new Error('another transaction was open for 20 seconds');
}
