import {
  closeSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Change } from './records.ts';

export interface BooksFile {
  /** Returns when the changes are on the disk, whole; throws when none of them is. */
  append(changes: readonly Change[]): void;
  /** Rewrites the file from its rows once most of it is history. */
  compactIfLong(): void;
  close(): void;
}

const HEADER = '{"format":"paystack-sandbox-books","version":1}';
const COMPACT_BYTES_MIN = 8 * 1024 * 1024;

/**
 * Opens the file that keeps the books: one line a commit, so that a process killed in the middle of a
 * line loses that commit alone, whole. It is for its owner only (0600) and is compacted at each start.
 */
export function openBooksFile(
  path: string,
  apply: (changes: readonly Change[]) => void,
  snapshot: () => readonly Change[],
): BooksFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (const changes of readCommits(path)) {
    apply(changes);
  }
  let written = replaceFile(path, snapshot());
  let compactAt = Math.max(COMPACT_BYTES_MIN, written.length * 4);
  return {
    append: (changes) => {
      refuseForeignWriter(path, written);
      written = { ...written, length: appendLine(written, JSON.stringify(changes)) };
    },
    compactIfLong: () => {
      if (written.length < compactAt) {
        return;
      }
      const long = written;
      written = replaceFile(path, snapshot());
      closeSync(long.descriptor);
      compactAt = Math.max(COMPACT_BYTES_MIN, written.length * 4);
    },
    close: () => closeSync(written.descriptor),
  };
}

interface WrittenFile {
  readonly descriptor: number;
  readonly length: number;
}

function readCommits(path: string): Change[][] {
  const text = readTextIfAny(path);
  if (text === null) {
    return [];
  }
  // What follows the last line break is a commit that was never acknowledged.
  const lines = text.split('\n').slice(0, -1);
  if (lines[0] !== HEADER) {
    throw new Error(`${path} is not a file of sandbox books`);
  }
  return lines.slice(1).map((line, index) => {
    try {
      return JSON.parse(line) as Change[];
    } catch {
      throw new Error(`${path} is damaged in line ${index + 2}`);
    }
  });
}

function readTextIfAny(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/** Writes beside, syncs, renames: whoever opens the path sees the old books or the new, never a part. */
function replaceFile(path: string, changes: readonly Change[]): WrittenFile {
  const beside = `${path}.new`;
  const descriptor = openSync(beside, 'w', 0o600);
  fchmodSync(descriptor, 0o600);
  const lines = [HEADER, ...changes.map((change) => JSON.stringify([change]))];
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  writeWhole(descriptor, bytes, 0);
  fsyncSync(descriptor);
  renameSync(beside, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return { descriptor, length: bytes.length };
}

function appendLine({ descriptor, length }: WrittenFile, line: string): number {
  const bytes = Buffer.from(`${line}\n`);
  try {
    writeWhole(descriptor, bytes, length);
    fdatasyncSync(descriptor);
  } catch (error) {
    // Half a line, left standing, would spoil the next commit.
    ftruncateSync(descriptor, length);
    throw error;
  }
  return length + bytes.length;
}

function writeWhole(descriptor: number, bytes: Buffer, position: number): void {
  for (let offset = 0; offset < bytes.length; ) {
    offset += writeSync(descriptor, bytes, offset, bytes.length - offset, position + offset);
  }
}

/** Two sandboxes on one file would each overwrite what the other acknowledged. */
function refuseForeignWriter(path: string, { descriptor, length }: WrittenFile): void {
  const ours = fstatSync(descriptor);
  if (ours.size !== length || statSync(path).ino !== ours.ino) {
    throw new Error(`${path} was changed by another process`);
  }
}
