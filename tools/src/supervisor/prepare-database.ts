import { sweeps } from '@errand-dash/core';
import { createPool, migrateJobs, migrateToLatest, migrations } from '@errand-dash/db';

/** Brings the schema and the job queues up to date, as the owner. Throws `MigrationFailed`. */
export async function migrateDatabase(ownerUrl: string, say: (line: string) => void): Promise<void> {
  const names = await migrateToLatest({ ownerUrl, migrations });
  await migrateJobs({ ownerUrl, queues: Object.keys(sweeps) });
  if (names.length > 0) say(`Migrated: ${names.join(', ')}.`);
}

/** Whether nobody has registered yet. */
export async function hasNobody(ownerUrl: string): Promise<boolean> {
  const pool = createPool({
    url: ownerUrl,
    connectionsMax: 1,
    applicationName: 'errand-dash-supervisor',
    statementTimeoutSeconds: 10,
    waitSecondsMax: 10,
  });
  try {
    const { rows } = await pool.query<{ is_empty: boolean }>(
      'select not exists (select from users) as is_empty',
    );
    return rows[0]?.is_empty === true;
  } finally {
    await pool.end();
  }
}
