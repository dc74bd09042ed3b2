import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createPool, migrateToLatest, migrations } from '@errand-dash/db';
import { prepareEmbedded } from '@errand-dash/db/embedded';

export type Pool = ReturnType<typeof createPool>;

export interface BenchDatabase {
  pool: Pool;
  ownerPool: Pool;
  applicationUrl: string;
  stop(): Promise<void>;
}

/** A migrated PostgreSQL of its own that keeps what it commits, in a folder that is gone afterwards. */
export async function startBenchDatabase(folder: string): Promise<BenchDatabase> {
  // Under `.data` and not among the temporary files, which on many machines are kept in memory.
  const dataFolder = path.join(folder, `bench-${process.pid}`);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const { cluster, ownerUrl, applicationUrl } = await prepareEmbedded({ dataFolder });
  const remove = async () => {
    await cluster.stop();
    await rm(dataFolder, { recursive: true, force: true });
  };
  try {
    await migrateToLatest({ ownerUrl, migrations });
  } catch (error) {
    await remove();
    throw error;
  }
  const common = { applicationName: 'errand-dash-bench', statementTimeoutSeconds: 120, waitSecondsMax: 30 };
  const pool = createPool({ ...common, url: applicationUrl, connectionsMax: 16 });
  const ownerPool = createPool({ ...common, url: ownerUrl, connectionsMax: 16 });
  return {
    pool,
    ownerPool,
    applicationUrl,
    stop: async () => {
      await Promise.all([pool.end(), ownerPool.end()]);
      await remove();
    },
  };
}
