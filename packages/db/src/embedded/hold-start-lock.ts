import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedStartFailed } from './embedded-start-failed.ts';

const sqliteBusy = 5;

/**
 * Runs `work` while no other process, nor another caller in this one, runs it on the same folder.
 *
 * The lock file is an empty SQLite file because SQLite locks through the kernel, which lets go when the holder
 * dies. A file with a pid in it would outlive a `kill -9`, and in a container that pid soon belongs to another.
 */
export async function holdStartLock<Result>(
  dataFolder: string,
  waitSecondsMax: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = new DatabaseSync(path.join(dataFolder, 'start.lock'), { timeout: 0 });
  try {
    await acquire(lock, dataFolder, waitSecondsMax);
    return await work();
  } finally {
    lock.close();
  }
}

async function acquire(lock: DatabaseSync, dataFolder: string, waitSecondsMax: number): Promise<void> {
  const givesUpAt = performance.now() + waitSecondsMax * 1000;
  while (!tryAcquire(lock)) {
    if (performance.now() > givesUpAt) {
      throw new EmbeddedStartFailed(
        `Another start has held ${dataFolder} for ${waitSecondsMax} seconds: end it and start again.`,
      );
    }
    await sleep(25);
  }
}

function tryAcquire(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false;
    throw error;
  }
}
