import { type Kysely, sql } from 'kysely';

/**
 * Events are told in the order of their transactions, so theirs must go on counting upwards where a dump is restored.
 * And what avoids sequential scans is not compiled: until PostgreSQL 17 a scan that cannot be avoided, of a table of
 * one row, counts as endlessly dear, and to compile the statement for it takes a hundred times as long as to run it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `select keep_in_order('events')`,
  'alter function unguarded_balance(uuid) set jit = off',
  'alter function fold_balances(bigint) set jit = off',
];
