import { type Kysely, sql } from 'kysely';

/** Counts the wrong codes by which an authenticator app was to be confirmed, and finds those that nobody confirmed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table totp_factors add wrong_tries integer not null default 0 check (wrong_tries >= 0)',
  'create index totp_factors_begun on totp_factors (begun_at) where confirmed_at is null',
  'grant update (wrong_tries) on totp_factors to errand_dash_application',
];
