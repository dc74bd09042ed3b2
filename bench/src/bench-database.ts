import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createPool, migrateToLatest, migrations } from '@errand-dash/db';
import { createDatabaseRoles, prepareEmbedded } from '@errand-dash/db/embedded';

export type Pool = ReturnType<typeof createPool>;

/** A migrated database, as the application and as the owner of its tables. */
export interface BenchLedger {
  /** 16 connections. */
  pool: Pool;
  ownerPool: Pool;
}

export interface BenchDatabase extends BenchLedger {
  applicationUrl: string;
  /** Another one on the same PostgreSQL, empty. */
  openAnother(name: string): Promise<BenchLedger & { close(): Promise<void> }>;
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
  let ledger: OpenLedger;
  try {
    ledger = await openLedger({ ownerUrl, applicationUrl });
  } catch (error) {
    await remove();
    throw error;
  }
  const login = (url: string) => {
    const { username, password } = new URL(url);
    return { name: username, password: decodeURIComponent(password) };
  };
  const [owner, application] = [login(ownerUrl), login(applicationUrl)];
  return {
    ...ledger,
    applicationUrl,
    openAnother: async (name) => {
      const urls = await createDatabaseRoles({
        superuserUrl: cluster.superuserUrl,
        database: name,
        ownerName: owner.name,
        applicationName: application.name,
        passwords: { owner: owner.password, application: application.password },
      });
      const { end, ...another } = await openLedger(urls);
      const close = async () => {
        await end();
        await ledger.ownerPool.query(`drop database ${name}`);
      };
      return { ...another, close };
    },
    stop: async () => {
      await ledger.end();
      await remove();
    },
  };
}

interface OpenLedger extends BenchLedger {
  end(): Promise<void>;
}

async function openLedger(urls: { ownerUrl: string; applicationUrl: string }): Promise<OpenLedger> {
  await migrateToLatest({ ownerUrl: urls.ownerUrl, migrations });
  const common = {
    applicationName: 'errand-dash-bench',
    connectionsMax: 16,
    statementTimeoutSeconds: 600,
    waitSecondsMax: 30,
  };
  const pool = createPool({ ...common, url: urls.applicationUrl });
  const ownerPool = createPool({ ...common, url: urls.ownerUrl });
  return {
    pool,
    ownerPool,
    end: async () => {
      await Promise.all([pool.end(), ownerPool.end()]);
    },
  };
}
