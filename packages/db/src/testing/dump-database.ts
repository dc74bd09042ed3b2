import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Database } from '../tables/database.ts';

const run = promisify(execFile);
const programs = '/usr/lib/postgresql/15/bin';
const outputBytesMax = 64 * 1024 * 1024;

/** What pg_dump writes: an archive for pg_restore, or SQL for psql. */
export type DumpFormat = 'custom' | 'plain';

/** Dumps a database by Debian's own pg_dump, as whoever the url logs in. */
export async function dumpDatabase(url: string, format: DumpFormat, file: string): Promise<void> {
  await run(`${programs}/pg_dump`, ['--format', format, '--file', file, '--dbname', url]);
}

/** Restores a dump by Debian's own pg_restore or psql into an empty database. The first error ends it. */
export async function restoreDatabase(url: string, format: DumpFormat, file: string): Promise<void> {
  if (format === 'custom') {
    await run(`${programs}/pg_restore`, ['--exit-on-error', '--dbname', url, file]);
    return;
  }
  const flags = ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', url, '--file', file];
  await run(`${programs}/psql`, flags, { maxBuffer: outputBytesMax });
}

/** Tables, functions, triggers, indexes and rights, as pg_dump writes them. */
export async function schemaOf(url: string): Promise<string> {
  const { stdout } = await run(`${programs}/pg_dump`, ['--schema-only', '--dbname', url], {
    maxBuffer: outputBytesMax,
  });
  // The newer ones guard their output by a word that is another each time.
  return stdout.replace(/^\\(un)?restrict .*$/gm, '');
}

/** The number of rows of every table and a hash of all of them; and where every sequence stands. */
export interface DatabaseContents {
  tables: Record<string, { rows: number; digest: string | null }>;
  sequences: Record<string, string | null>;
}

export async function contentsOf(db: Kysely<Database>): Promise<DatabaseContents> {
  const named = await sql<{ name: string }>`
    select format('%I.%I', nspname, relname) as name
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind = 'r' and nspname !~ '^pg_' and nspname <> 'information_schema' order by 1`.execute(db);
  const tables: DatabaseContents['tables'] = {};
  for (const { name } of named.rows) {
    const digests = sql<{ rows: number; digest: string | null }>`
      select count(*)::integer as rows, md5(string_agg(line, '' order by line)) as digest
        from (select md5(written::text) as line from ${sql.raw(name)} written) lines`;
    const [found] = (await digests.execute(db)).rows;
    if (found !== undefined) tables[name] = found;
  }
  const counted = await sql<{ name: string; last_value: bigint | null }>`
    select format('%I.%I', schemaname, sequencename) as name, last_value from pg_sequences order by 1`.execute(
    db,
  );
  const sequences = counted.rows.map(({ name, last_value }) => [name, last_value?.toString() ?? null]);
  return { tables, sequences: Object.fromEntries(sequences) };
}
