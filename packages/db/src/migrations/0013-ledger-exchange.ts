import { type Kysely, sql } from 'kysely';

/** An account a currency for what the platform exchanges, and a way to the transfers since an instant. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `insert into account_purposes (purpose, guarded, has_owner) values ('exchange', false, false)`,

  // Rows lie in the order of their times but for a little, so that a summary of each stretch of the table finds those
  // since an instant, and costs a post next to nothing.
  `create index transfers_by_time on transfers using brin (posted_at)`,
];
