import { type Core, coreSettings, createCore, readSettings } from '@errand-dash/core';
import { beginEpoch, createDb, createPool } from '@errand-dash/db';

/** Long enough to sum a large ledger in one statement. */
const STATEMENT_SECONDS_MAX = 1800;

/** What the API has, for as long as the work takes: on few connections, and it wakes nobody. */
export async function withCore<T>(
  environment: NodeJS.ProcessEnv,
  work: (core: Core) => Promise<T>,
): Promise<T> {
  const settings = readSettings(coreSettings, environment);
  const pool = createPool({
    url: settings.DATABASE_URL,
    connectionsMax: 4,
    applicationName: 'errand-dash-ledger',
    statementTimeoutSeconds: STATEMENT_SECONDS_MAX,
    waitSecondsMax: 10,
  });
  const db = createDb(pool);
  try {
    await beginEpoch(db);
    return await work(createCore(settings, { db, wake: () => undefined, log: () => undefined }));
  } finally {
    await db.destroy();
  }
}
