import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClusterFolder } from './cluster-folder.ts';

const run = promisify(execFile);

/** What a postmaster says of itself in `postmaster.pid`. */
export type Postmaster = { readonly pid: number; readonly port: number; readonly isReady: boolean };

/**
 * Reads `postmaster.pid`; null when there is none, or none whole. The lines are those of PostgreSQL's
 * `src/include/utils/pidfile.h`: 1 the pid, 4 the port, 8 the status.
 */
export async function findPostmaster(folder: ClusterFolder): Promise<Postmaster | null> {
  const text = await readFile(folder.postmasterFile, 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port)) return null;
  return { pid, port, isReady: lines[7]?.trim() === 'ready' };
}

/** The pids of every PostgreSQL process of this cluster that still runs, orphans of a dead postmaster too. */
export async function findClusterProcesses(folder: ClusterFolder): Promise<number[]> {
  return process.platform === 'linux' ? findByWorkingFolder(folder.pgdata) : findByTitle(folder);
}

/** Each PostgreSQL process works in its PGDATA. Unlike `kill(pid, 0)` this does not mistake a zombie for alive. */
async function findByWorkingFolder(pgdata: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    if (workingFolder !== pgdata) continue;
    // Somebody's shell may stand in the folder too.
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (program.trim() === 'postgres') found.push(pid);
  }
  return found;
}

async function findByTitle(folder: ClusterFolder): Promise<number[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,command=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes('postgres') && line.includes(folder.clusterName))
    .map((line) => Number.parseInt(line, 10));
}

/** Sends the signal to those of the pids that still are the cluster's; a pid may by now be another's. */
export async function signalClusterProcesses(
  folder: ClusterFolder,
  pids: readonly number[],
  signal: NodeJS.Signals,
): Promise<void> {
  const alive = new Set(await findClusterProcesses(folder));
  for (const pid of pids) {
    if (!alive.has(pid)) continue;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** True when none of the pids is the cluster's any more, false when the seconds are over first. */
export async function waitUntilGone(
  folder: ClusterFolder,
  pids: readonly number[],
  timeoutSeconds: number,
): Promise<boolean> {
  const endsAt = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const alive = new Set(await findClusterProcesses(folder));
    if (!pids.some((pid) => alive.has(pid))) return true;
    if (performance.now() > endsAt) return false;
    await sleep(20);
  }
}

/** Nothing of the caller's environment but the path: a PGPORT or PGDATA of theirs must not steer our cluster. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
