import { type Kysely, sql } from 'kysely';

/** The audit log is sealed in the order of its transactions, as the ledger is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`select keep_in_order('audit_entries')`.execute(db);
}
