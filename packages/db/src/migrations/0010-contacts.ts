import { type Kysely, sql } from 'kysely';

/** A person's email address beside the phone, and the instant before which no money of his leaves. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table users
    add email_sealed bytea,
    add email_index bytea unique,
    add email_verified_at timestamptz,
    add money_out_from timestamptz,
    add check ((email_sealed is null) = (email_index is null)),
    add check ((email_sealed is null) = (email_verified_at is null))`,
  `grant update (email_sealed, email_index, email_verified_at, money_out_from)
    on users to errand_dash_application`,
];
