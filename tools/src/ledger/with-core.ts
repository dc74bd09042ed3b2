import { type Core, checkDatabase, coreSettings, createCore, readSettings } from '@errand-dash/core';
import { beginEpoch, createDb, createPool } from '@errand-dash/db';

/** Long enough to sum a large ledger in one statement. */
const STATEMENT_SECONDS_MAX = 1800;

export interface CoreUser {
  /** After `npm run`; PostgreSQL shows its connections under it. */
  name: string;
  /** What changes nothing may look at any database, also as its owner and at another time than its own. */
  writes: boolean;
}

/**
 * What the API has, for as long as the work takes: on few connections, and it wakes nobody.
 * Throws `SettingsInvalid`, for who writes also where the API would not start on this database.
 */
export async function withCore<T>(
  environment: NodeJS.ProcessEnv,
  { name, writes }: CoreUser,
  work: (core: Core) => Promise<T>,
): Promise<T> {
  const settings = readSettings(coreSettings, environment);
  const pool = createPool({
    url: settings.DATABASE_URL,
    connectionsMax: 4,
    applicationName: `errand-dash-${name}`,
    statementTimeoutSeconds: STATEMENT_SECONDS_MAX,
    waitSecondsMax: 10,
  });
  const db = createDb(pool);
  try {
    const core = createCore(settings, { db, wake: () => undefined, log: () => undefined });
    if (writes) await checkDatabase(core, settings);
    else await beginEpoch(db);
    return await work(core);
  } finally {
    await db.destroy();
  }
}
