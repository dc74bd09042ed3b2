import { Kysely, PostgresDialect } from 'kysely';
import { type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import pg from 'pg';

/** A migration failed. The database is as it was before the run. */
export class MigrationFailed extends Error {
  readonly code = 'MIGRATION_FAILED';
  override readonly name = 'MigrationFailed';
  /** Null when it was none of them that failed, but for instance the connection. */
  readonly migrationName: string | null;

  constructor(migrationName: string | null, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${migrationName === null ? 'Migrating' : `Migration ${migrationName}`} failed: ${reason}`, {
      cause,
    });
    this.migrationName = migrationName;
  }
}

export type MigrateToLatest = {
  readonly ownerUrl: string;
  readonly migrations: Readonly<Record<string, Migration>>;
};

/**
 * Runs what has not run yet, in the order of the names and in one transaction, and returns the names of what it
 * ran. Of several callers at once one does it and the others wait. Throws `MigrationFailed`.
 */
export async function migrateToLatest({ ownerUrl, migrations }: MigrateToLatest): Promise<string[]> {
  const pool = new pg.Pool({
    connectionString: ownerUrl,
    max: 2,
    application_name: 'errand-dash-migrate',
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const provider = { getMigrations: async () => ({ ...migrations }) };
    // By code unit, not by locale: the order must be the same on every machine.
    const nameComparator = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    return namesRun(await new Migrator({ db, provider, nameComparator }).migrateToLatest());
  } finally {
    await db.destroy();
  }
}

function namesRun({ error, results = [] }: MigrationResultSet): string[] {
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error');
    throw new MigrationFailed(failed?.migrationName ?? null, error);
  }
  return results.map((result) => result.migrationName);
}
