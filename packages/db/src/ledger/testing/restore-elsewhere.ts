import { sql } from 'kysely';
import type { TestDatabase } from '../../testing/test-database.ts';

/**
 * Makes of a database what it would be after a dump and its restore into a younger cluster: the rows were written
 * anew by a transaction of now, and name transactions that are yet to come.
 */
export async function restoreElsewhere(database: TestDatabase): Promise<void> {
  const ahead = 1_000_000_000;
  await database.owner.transaction().execute(async (tx) => {
    const { rows } = await sql<{ name: string }>`select table_name as name from ordered_tables`.execute(tx);
    for (const table of rows.map(({ name }) => sql.id(name))) {
      await sql`alter table ${table} disable trigger user`.execute(tx);
      await sql`update ${table}
        set transaction_id = transaction_of(transaction_number(transaction_id) + ${ahead})`.execute(tx);
      await sql`alter table ${table} enable trigger user`.execute(tx);
    }
    await sql`update checkpoint_horizon set below = below + ${ahead}`.execute(tx);
    await sql`alter table seals disable trigger user`.execute(tx);
    await sql`update seals set last_transaction_id
      = transaction_of(transaction_number(last_transaction_id) + ${ahead})`.execute(tx);
    await sql`alter table seals enable trigger user`.execute(tx);
    await sql`update write_epochs set written_by = transaction_of(transaction_number(written_by) + ${ahead})`.execute(
      tx,
    );
  });
}
