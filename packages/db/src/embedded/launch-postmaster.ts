import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runner } from './choose-runner.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { EmbeddedStartFailed } from './embedded-start-failed.ts';
import type { Binaries } from './locate-binaries.ts';
import { findPostmaster, type Postmaster, postgresEnvironment } from './postmaster.ts';

const portAttemptsMax = 5;
const logBytesMax = 16 * 1024 * 1024;

/**
 * Starts a postmaster, on the port that it had before where that is free, and waits until it takes connections. To
 * be called under the start lock, when no process of the cluster is left.
 */
export async function launchPostmaster(
  folder: ClusterFolder,
  binaries: Binaries,
  runner: Runner,
  durable: boolean,
  timeoutSeconds: number,
): Promise<Postmaster> {
  await rotateLog(folder.logFile);
  for (let attempt = 1; ; attempt += 1) {
    const logStart = await sizeOf(folder.logFile);
    const formerPort = attempt === 1 ? await findFormerPort(folder) : null;
    const port = formerPort ?? (await findFreePort());
    const child = await spawnPostgres(folder, binaries, runner, durable, port);
    const postmaster = await waitUntilReady(folder, child, timeoutSeconds);
    if (postmaster !== null) {
      await writeFile(portFile(folder), String(port), { mode: 0o600 });
      return postmaster;
    }
    const said = (await readFile(folder.logFile)).subarray(logStart).toString('utf8').trim();
    // Before PostgreSQL takes a port that was free another program may have taken it.
    if (attempt < portAttemptsMax && said.includes('could not create any TCP/IP sockets')) continue;
    throw new EmbeddedStartFailed(
      `PostgreSQL did not start, it says (${folder.logFile}):\n${said.slice(-4000)}`,
    );
  }
}

/** Whoever was connected to a postmaster that died finds the next one where it was. */
const portFile = (folder: ClusterFolder): string => path.join(folder.dataFolder, 'port');

async function findFormerPort(folder: ClusterFolder): Promise<number | null> {
  const written = await readFile(portFile(folder), 'utf8').catch(() => '');
  return /^\d{4,5}$/.test(written) && Number(written) <= 65_535 ? Number(written) : null;
}

async function spawnPostgres(
  folder: ClusterFolder,
  binaries: Binaries,
  runner: Runner,
  durable: boolean,
  port: number,
): Promise<ChildProcess> {
  const settings = postgresSettings(folder, port, durable);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [...runner.prefix, binaries.postgres, '-D', folder.pgdata, ...flags];
  const log = await open(folder.logFile, 'a', 0o600);
  try {
    // In a session of its own, so that Ctrl-C in the terminal ends the supervisor, which then stops the database
    // last, and not both at once.
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: '/',
      env: postgresEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

function postgresSettings(folder: ClusterFolder, port: number, durable: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // The path of a socket is limited to 107 bytes, which a checkout in a deep folder exceeds.
    unix_socket_directories: '',
    cluster_name: folder.clusterName,
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The details of an error quote values of rows, and those may be personal.
    log_error_verbosity: 'terse',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** Null when it ended by itself, or is not ready in time and was ended. */
async function waitUntilReady(
  folder: ClusterFolder,
  child: ChildProcess,
  timeoutSeconds: number,
): Promise<Postmaster | null> {
  const endsAt = performance.now() + timeoutSeconds * 1000;
  // Each runner replaces itself by PostgreSQL, so that the child's pid is the postmaster's.
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const postmaster = await findPostmaster(folder);
    if (postmaster?.pid === child.pid && postmaster.isReady) return postmaster;
    if (performance.now() > endsAt) {
      child.kill('SIGQUIT');
      return null;
    }
    await sleep(10);
  }
  return null;
}

async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new EmbeddedStartFailed('No free port on 127.0.0.1.'));
      });
    });
  });
}

async function rotateLog(logFile: string): Promise<void> {
  if ((await sizeOf(logFile)) > logBytesMax) await rename(logFile, `${logFile}.1`);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
