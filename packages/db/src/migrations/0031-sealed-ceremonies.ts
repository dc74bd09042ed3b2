import { type Kysely, sql } from 'kysely';

/**
 * A ceremony is handed out sealed when it begins and written down when it is used. Whoever has begun one before this
 * migration begins anew.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'drop table auth_ceremonies',
  `create table spent_ceremonies (
    id uuid primary key,
    expires_at timestamptz not null
  )`,
  `create index spent_ceremonies_by_expires_at on spent_ceremonies (expires_at)`,
  `grant select, insert, delete on spent_ceremonies to errand_dash_application`,

  // As PostgreSQL says it of what it finds out itself, so that the whole transaction is run again.
  `create function refuse_stale_read() returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'what was read has changed meanwhile' using errcode = 'serialization_failure';
  end $$`,
  'revoke execute on function refuse_stale_read from public',
  'grant execute on function refuse_stale_read to errand_dash_application',
];
