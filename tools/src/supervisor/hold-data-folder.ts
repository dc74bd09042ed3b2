import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const sqliteBusy = 5;

/**
 * Takes the folder for this process and returns what lets go of it; null when another process has it. The lock is
 * SQLite's on an empty file: the kernel releases it when the holder dies, whichever way.
 */
export function holdDataFolder(folder: string): (() => void) | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(path.join(folder, 'supervisor.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return null;
    throw error;
  }
}

/**
 * Whose the folder is, where it is not this user's. Root may write it all the same, but what he leaves there its
 * owner could not read any more. Null when it is ours or not there yet.
 */
export function findForeignOwner(folder: string): number | null {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.();
  return owner === undefined || self === undefined || owner === self ? null : owner;
}
