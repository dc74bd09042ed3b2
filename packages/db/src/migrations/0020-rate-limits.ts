import { type Kysely, sql } from 'kysely';

/** How many calls came from whom, which every process of the API adds to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Unlogged: a count is worth no flush to the disk, and may be lost when the server crashes. Half of each page is
  // free, so that a new count is written beside the old one.
  `create unlogged table rate_limits (
    key text primary key,
    calls integer not null,
    ends_at timestamptz not null
  ) with (fillfactor = 50)`,
  `create index rate_limits_by_end on rate_limits (ends_at)`,
  `grant select, insert, delete on rate_limits to errand_dash_application`,
  `grant update (calls, ends_at) on rate_limits to errand_dash_application`,
];
