import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Whether a password is in a list of breached ones: a file of lines `SHA1:count`, the hashes in upper-case hex and in
 * order, as "Pwned Passwords" is published "ordered by hash" (https://haveibeenpwned.com/Passwords). Of the 40 GB
 * some forty pieces are read. Throws when the file cannot be read or a line in the way is not of this form.
 */
export async function isBreachedPassword(file: string, password: string): Promise<boolean> {
  const wanted = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase();
  const handle = await open(file, 'r');
  try {
    return await isListed(handle, wanted);
  } finally {
    await handle.close();
  }
}

/** Longer than any two lines; what is left is then read line by line. */
const PIECE_BYTES = 4096;
const LINE_BYTES_MAX = 128;
const LINE_FORM = /^([0-9A-F]{40}):\d{1,20}\r?$/;

async function isListed(handle: FileHandle, wanted: string): Promise<boolean> {
  let low = 0;
  let high = (await handle.stat()).size;
  // Each bound is the beginning of a line, or the end of the file; what is wanted begins in between.
  while (high - low > PIECE_BYTES) {
    const start = await nextLineStart(handle, low + Math.floor((high - low) / 2));
    const hash = hashOf((await read(handle, start, LINE_BYTES_MAX)).split('\n')[0] ?? '');
    if (hash === wanted) return true;
    if (hash < wanted) low = start;
    else high = start;
  }
  const lines = (await read(handle, low, high - low)).split('\n').filter((line) => line.trim() !== '');
  return lines.map(hashOf).includes(wanted);
}

/** Where the first line begins after this place. Half a piece is never left of a range, so that there is one. */
async function nextLineStart(handle: FileHandle, place: number): Promise<number> {
  const end = (await read(handle, place, LINE_BYTES_MAX)).indexOf('\n');
  if (end === -1) throw new Error('the list of breached passwords has a line that is too long');
  return place + end + 1;
}

async function read(handle: FileHandle, place: number, bytes: number): Promise<string> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, place);
  return buffer.toString('latin1', 0, bytesRead);
}

function hashOf(line: string): string {
  const hash = LINE_FORM.exec(line)?.[1];
  if (hash === undefined) throw new Error('the list of breached passwords has a line that is not SHA1:count');
  return hash;
}
