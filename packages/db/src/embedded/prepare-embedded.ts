import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { createDatabaseRoles, type DatabaseUrls } from '../roles.ts';
import { holdStartLock } from './hold-start-lock.ts';
import { type EmbeddedCluster, startEmbedded } from './start-embedded.ts';

export type PrepareEmbedded = {
  readonly dataFolder: string;
  /** True unless it is a throw-away database. */
  readonly durable?: boolean;
  readonly logger?: { info(message: string): void };
};

export type PreparedEmbedded = DatabaseUrls & { readonly cluster: EmbeddedCluster };

/**
 * Starts the embedded PostgreSQL with the database `errand_dash` in it and its two logins. The passwords are made
 * once and kept beside the data, readable by the owner of the folder only.
 */
export async function prepareEmbedded(input: PrepareEmbedded): Promise<PreparedEmbedded> {
  const cluster = await startEmbedded({
    dataFolder: input.dataFolder,
    durable: input.durable ?? true,
    ...(input.logger === undefined ? {} : { logger: input.logger }),
  });
  // Under the lock, so that of two starts at once the second finds the first one's passwords.
  const urls = await holdStartLock(input.dataFolder, 60, async () =>
    createDatabaseRoles({
      superuserUrl: cluster.superuserUrl,
      database: 'errand_dash',
      ownerName: 'errand_dash_owner',
      applicationName: 'errand_dash_api',
      passwords: {
        owner: await keepPassword(path.join(input.dataFolder, 'owner-password')),
        application: await keepPassword(path.join(input.dataFolder, 'application-password')),
      },
    }),
  );
  return { cluster, ...urls };
}

async function keepPassword(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const password = randomBytes(32).toString('base64url');
  const unfinished = await open(`${file}.new`, 'w', 0o600);
  await unfinished.writeFile(password);
  await unfinished.sync();
  await unfinished.close();
  await rename(`${file}.new`, file);
  return password;
}
