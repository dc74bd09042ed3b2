import { type Kysely, sql } from 'kysely';

/** Since when an account cools without a break, so that all that came of it can be undone for as long as it does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table users add cooling_since timestamptz',
  // Until now each cooling was a day.
  `update users set cooling_since = money_out_from - interval '1 day' where money_out_from is not null`,
  'grant update (cooling_since) on users to errand_dash_application',
];
