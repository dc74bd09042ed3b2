import { type FileHandle, open } from 'node:fs/promises';
import { query } from '../../query.ts';
import { clockCall, type Sweep } from '../../sweep.ts';
import { auditSource } from '../audit/audit-source.ts';
import { ledgerSource } from '../ledger/ledger-source.ts';
import { findHeads, findLatestHead } from './find-heads.ts';
import { HeadsFileWrong } from './heads-file-wrong.ts';
import { readHeadLines } from './read-head-lines.ts';
import type { SealSettings } from './seal-head.ts';

/**
 * Adds what is new to the file of the ledger's heads, which whoever changes the database does not have. Two workers
 * with one file may both write a head: it then stands there twice. Answers how many it added.
 */
export const publishHeads: Sweep = publishing(ledgerSource.chain, ({ headsFile }) => headsFile);

/** The same with the heads of the audit log, in a file of their own. */
export const publishAuditHeads: Sweep = publishing(auditSource.chain, ({ auditHeadsFile }) => auditHeadsFile);

function publishing(chain: string, fileOf: (seals: SealSettings) => string | null): Sweep {
  const readHeads = query(`${chain}.readHeads`, async (db, given: { after: number; limit: number }) => {
    const newest = await findLatestHead(db, chain);
    return { heads: await findHeads(db, { chain, ...given }), newestNumber: newest?.head.number ?? 0 };
  });
  return async (core, limit) => {
    const headsFile = fileOf(core.seals);
    if (headsFile === null) return 0;
    const file = await open(headsFile, 'a+', FILE_MODE);
    try {
      const { lastNumber, isTorn } = await endOf(file, { chain, headsFile });
      const asked = { after: lastNumber, limit };
      const { heads, newestNumber } = await readHeads(core, clockCall(`${chain}.publishHeads`), asked);
      if (newestNumber < lastNumber)
        core.log('error', 'the database has lost heads that stand in the file of heads', {
          chain,
          newestNumber,
          lastNumber,
        });
      const lines = heads.map((head) => `${JSON.stringify(head)}\n`).join('');
      if (heads.length > 0) await file.appendFile(isTorn ? `\n${lines}` : lines);
      return heads.length;
    } finally {
      await file.close();
    }
  };
}

/** Others may read them: they are public. */
const FILE_MODE = 0o644;

/** Many lines: each of them has less than a kilobyte. */
const END_BYTES = 64 * 1024;

/**
 * The number of the last head in the file, 0 in a new one, and whether a process died while it wrote a line. Throws
 * where the file holds something else: then it is somebody else's, or another chain's.
 */
async function endOf(
  file: FileHandle,
  place: { chain: string; headsFile: string },
): Promise<{ lastNumber: number; isTorn: boolean }> {
  const { size } = await file.stat();
  if (size === 0) return { lastNumber: 0, isTorn: false };
  const from = Math.max(0, size - END_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const text = buffer.toString('utf8', 0, bytesRead);
  const heads = readHeadLines(text).map(({ head }) => head);
  if (heads.length === 0 && !text.split('\n').every(isTornLine))
    throw new HeadsFileWrong('HOLDS_NO_HEAD', place);
  if (heads.some((head) => head.chain !== place.chain))
    throw new HeadsFileWrong('HOLDS_ANOTHER_CHAIN', place);
  return { lastNumber: Math.max(0, ...heads.map(({ number }) => number)), isTorn: !text.endsWith('\n') };
}

/** Whether a line is no more than the beginning of one of ours, as a process leaves it that dies. */
const isTornLine = (line: string): boolean => LINE_BEGINS.startsWith(line.slice(0, LINE_BEGINS.length));
const LINE_BEGINS = '{"head":{';
