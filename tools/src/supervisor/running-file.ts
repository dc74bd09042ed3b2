import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ports } from './system-settings.ts';

/** What a supervisor tells others on this machine of what it keeps running. */
export interface Running {
  supervisorPid: number;
  ports: Ports;
  hasSandbox: boolean;
  isClockVirtual: boolean;
  /** The application's login, which is why only the owner of the file may read it. */
  applicationUrl: string;
  /** The process of each part; null between two. */
  parts: Record<string, number | null>;
}

const fileIn = (dataFolder: string): string => path.join(dataFolder, 'running.json');

export function writeRunning(dataFolder: string, running: Running): void {
  const unfinished = `${fileIn(dataFolder)}.new`;
  writeFileSync(unfinished, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, fileIn(dataFolder));
}

/** Null where nothing was written. What is read may be of a supervisor that was killed. */
export function readRunning(dataFolder: string): Running | null {
  try {
    return JSON.parse(readFileSync(fileIn(dataFolder), 'utf8')) as Running;
  } catch {
    return null;
  }
}

export function removeRunning(dataFolder: string): void {
  rmSync(fileIn(dataFolder), { force: true });
}
