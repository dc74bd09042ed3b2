import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lchown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Runner } from './choose-runner.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { EmbeddedStartFailed } from './embedded-start-failed.ts';
import type { Binaries } from './locate-binaries.ts';
import { postgresEnvironment } from './postmaster.ts';

const run = promisify(execFile);
const unfinishedPrefix = 'unfinished-';

/**
 * Creates the cluster unless it is there. To be called under the start lock.
 *
 * Files and password come into being in a folder of another name that is renamed at the end, so that an
 * interrupted initdb leaves a folder nobody takes for a cluster.
 */
export async function initCluster(
  folder: ClusterFolder,
  binaries: Binaries,
  runner: Runner,
  durable: boolean,
): Promise<void> {
  await removeUnfinished(folder.dataFolder);
  if (await isFolder(folder.cluster)) {
    await adoptFiles(folder.pgdata, runner.fileOwnerUid);
    return;
  }
  const unfinished = path.join(folder.dataFolder, `${unfinishedPrefix}${randomBytes(6).toString('hex')}`);
  await mkdir(unfinished, { mode: 0o700 });
  const passwordFile = path.join(unfinished, path.basename(folder.passwordFile));
  await writeFile(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
  const pgdata = path.join(unfinished, path.basename(folder.pgdata));
  await runInitdb(pgdata, passwordFile, binaries, runner, durable);
  await rename(unfinished, folder.cluster);
}

async function runInitdb(
  pgdata: string,
  passwordFile: string,
  binaries: Binaries,
  runner: Runner,
  durable: boolean,
): Promise<void> {
  const command = [
    ...runner.prefix,
    binaries.initdb,
    `--pgdata=${pgdata}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await run(command[0] ?? '', command.slice(1), { cwd: '/', env: postgresEnvironment() });
  } catch (cause) {
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new EmbeddedStartFailed(`initdb failed: ${stderr}`, { cause });
  }
}

async function removeUnfinished(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (!name.startsWith(unfinishedPrefix)) continue;
    const unfinished = path.join(dataFolder, name);
    // An initdb whose starter was killed may still write there. What it keeps us from removing stays till next time.
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** PostgreSQL refuses files that are not its own, and the way to run it may change between two starts as root. */
async function adoptFiles(pgdata: string, ownerUid: number): Promise<void> {
  const { uid } = await stat(pgdata);
  if (uid === ownerUid) return;
  if (process.getuid?.() !== 0) {
    throw new EmbeddedStartFailed(
      `${pgdata} belongs to user ${uid}: start as that user, or choose another data folder.`,
    );
  }
  for (const name of await readdir(pgdata, { recursive: true })) {
    await lchown(path.join(pgdata, name), ownerUid, ownerUid);
  }
  // Last, because it is the mark by which an interrupted change is seen and done again.
  await lchown(pgdata, ownerUid, ownerUid);
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
