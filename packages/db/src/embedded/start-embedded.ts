import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { chooseRunner } from './choose-runner.ts';
import { type ClusterFolder, clusterFolder } from './cluster-folder.ts';
import { EmbeddedStartFailed } from './embedded-start-failed.ts';
import { holdStartLock } from './hold-start-lock.ts';
import { initCluster } from './init-cluster.ts';
import { launchPostmaster } from './launch-postmaster.ts';
import { locateBinaries } from './locate-binaries.ts';
import {
  findClusterProcesses,
  findPostmaster,
  type Postmaster,
  signalClusterProcesses,
  waitUntilGone,
} from './postmaster.ts';

const lockWaitSecondsMax = 180;
const startSecondsMax = 120;
const stopSecondsMax = 30;

export type StartEmbedded = {
  /** Holds cluster, password, lock and log; made when missing. */
  readonly dataFolder: string;
  /** False gives up safety against a crash of the machine for speed: for throw-away databases only. */
  readonly durable: boolean;
  readonly logger?: { info(message: string): void };
};

export type EmbeddedCluster = {
  readonly superuserUrl: string;
  readonly port: number;
  readonly pid: number;
  /** True when the cluster already ran. */
  readonly isReused: boolean;
  /** Ends open transactions and the cluster, whoever started it, and waits until its last process is gone. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts a real PostgreSQL in the folder, or takes the one that already runs there. Two starts at once give one
 * cluster, and a start after any kind of death recovers. It outlives the process that started it, until `stop`.
 * Throws `EmbeddedStartFailed`.
 */
export async function startEmbedded({
  dataFolder,
  durable,
  logger,
}: StartEmbedded): Promise<EmbeddedCluster> {
  const binaries = await locateBinaries();
  const folder = await clusterFolder(dataFolder);
  return holdStartLock(folder.dataFolder, lockWaitSecondsMax, async () => {
    const running = await findRunning(folder, durable);
    if (running !== null) {
      logger?.info(`PostgreSQL already runs on port ${running.port}.`);
      return present(folder, running, true);
    }
    await clearRemains(folder);
    const runner = await chooseRunner(binaries, folder.dataFolder);
    await initCluster(folder, binaries, runner, durable);
    const postmaster = await launchPostmaster(folder, binaries, runner, durable, startSecondsMax);
    logger?.info(`PostgreSQL started on port ${postmaster.port}.`);
    return present(folder, postmaster, false);
  });
}

async function present(
  folder: ClusterFolder,
  { pid, port }: Postmaster,
  isReused: boolean,
): Promise<EmbeddedCluster> {
  const superuserUrl = await superuserUrlOf(folder, port);
  return { superuserUrl, port, pid, isReused, stop: () => stopCluster(folder, pid) };
}

async function superuserUrlOf(folder: ClusterFolder, port: number): Promise<string> {
  const password = await readFile(folder.passwordFile, 'utf8');
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

/** The live postmaster of this folder once a connection to it has been made; null when there is none. */
async function findRunning(folder: ClusterFolder, durable: boolean): Promise<Postmaster | null> {
  const endsAt = performance.now() + startSecondsMax * 1000;
  for (;;) {
    const postmaster = await findPostmaster(folder);
    if (postmaster === null) return null;
    if (!(await findClusterProcesses(folder)).includes(postmaster.pid)) return null;
    if (await answers(folder, postmaster, durable)) return postmaster;
    if (performance.now() > endsAt) {
      throw new EmbeddedStartFailed(
        `PostgreSQL (pid ${postmaster.pid}) runs in ${folder.pgdata} but takes no connection: see ${folder.logFile}.`,
      );
    }
    await sleep(50);
  }
}

/** False while it is still starting, or already on its way down; throws when it is not what was asked for. */
async function answers(folder: ClusterFolder, { port }: Postmaster, durable: boolean): Promise<boolean> {
  const connectionString = await superuserUrlOf(folder, port);
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string; fsync: string }>(
      "SELECT current_setting('data_directory') AS folder, current_setting('fsync') AS fsync",
    );
    const isDurable = rows[0]?.fsync === 'on';
    if (rows[0]?.folder !== folder.pgdata) return false;
    if (isDurable === durable) return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
  throw new EmbeddedStartFailed(
    `PostgreSQL already runs in ${folder.pgdata} with ${durable ? 'fsync off' : 'fsync on'}: stop it first.`,
  );
}

/**
 * Makes way for a new postmaster after one was killed. Its children may still run, and PostgreSQL rightly
 * refuses to start beside them. It also refuses when the pid it left behind by now belongs to another program.
 */
async function clearRemains(folder: ClusterFolder): Promise<void> {
  const orphans = await findClusterProcesses(folder);
  await signalClusterProcesses(folder, orphans, 'SIGQUIT');
  if (!(await waitUntilGone(folder, orphans, 5))) {
    await signalClusterProcesses(folder, orphans, 'SIGKILL');
    await waitUntilGone(folder, orphans, 5);
  }
  const left = await findPostmaster(folder);
  if (left !== null && isAlive(left.pid)) await rm(folder.postmasterFile, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function stopCluster(folder: ClusterFolder, postmasterPid: number): Promise<void> {
  const pids = await findClusterProcesses(folder);
  if (!pids.includes(postmasterPid)) return;
  await signalClusterProcesses(folder, [postmasterPid], 'SIGINT');
  if (await waitUntilGone(folder, pids, stopSecondsMax)) return;
  await signalClusterProcesses(folder, [postmasterPid], 'SIGQUIT');
  if (await waitUntilGone(folder, pids, stopSecondsMax)) return;
  throw new Error(`PostgreSQL (pid ${postmasterPid}) does not stop: see ${folder.logFile}.`);
}
