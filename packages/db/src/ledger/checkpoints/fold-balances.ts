import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { firstPlace, type Place } from '../sealing/read-in-order.ts';

/**
 * Adds transfers to the checkpoints of unguarded accounts, in the order of their transactions, and answers how many it
 * went over: about `transfersMax` at most, and only what no running transaction can still precede. Zero: nothing is left.
 * Of several callers at once one works and the others go on from there.
 */
export async function foldBalances(db: Kysely<Database>, transfersMax: number): Promise<number> {
  const { rows } = await sql<{ folded: bigint }>`
    select fold_balances(${BigInt(transfersMax)}) as folded`.execute(db);
  return Number(rows[0]?.folded ?? 0n);
}

/** The place in the order of transactions up to which all transfers are in checkpoints. */
export async function findHorizon(db: Kysely<Database>): Promise<Place> {
  const { below } = await db.selectFrom('checkpoint_horizon').select('below').executeTakeFirstOrThrow();
  return { ...firstPlace, transactionNumber: below };
}

/**
 * To be called before a database is used, which may have been restored from a dump: its transactions then count on
 * from above what was restored. Does nothing elsewhere. Answers whether it was needed.
 */
export async function beginEpoch(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ begun: boolean }>`select begin_epoch() as begun`.execute(db);
  return rows[0]?.begun === true;
}
