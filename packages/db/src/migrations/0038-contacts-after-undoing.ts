import { type Kysely, sql } from 'kysely';

/**
 * From when the age of a person's phone and email address is counted, where a recovery by them was undone: who has both
 * would else recover the account again at once, and its owner could not change them while it cools.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table users add contacts_count_from timestamptz',
  'grant update (contacts_count_from) on users to errand_dash_application',
];
