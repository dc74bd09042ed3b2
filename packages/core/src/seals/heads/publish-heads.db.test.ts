import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createSealedLedger, type SealedLedger } from '../testing/sealed-ledger.ts';
import { publishAuditHeads, publishHeads } from './publish-heads.sweep.ts';
import { readHeadLines } from './read-head-lines.ts';

let ledger: SealedLedger;
let headsFile: string;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'errand-dash-heads-'));
  headsFile = path.join(folder, 'heads.jsonl');
  ledger = await createSealedLedger({ seals: { headsFile } });
  return async () => {
    await ledger.database.drop();
    await rm(folder, { recursive: true });
  };
});

const inFile = async () => readHeadLines(await readFile(headsFile, 'utf8'));

test('every head is added once, in order, and the ledger is verified against them', async () => {
  expect(await publishHeads(ledger.core, 25)).toBe(0);
  await ledger.batch(1);
  await ledger.batch(2);
  await ledger.batch(3);
  expect(await publishHeads(ledger.core, 2)).toBe(2);
  expect(await publishHeads(ledger.core, 2)).toBe(1);
  expect(await publishHeads(ledger.core, 2)).toBe(0);
  expect(await inFile()).toEqual(await ledger.heads());
  expect(await ledger.verify({ known: await inFile() })).toMatchObject({ problem: null, heads: 3 });
});

test('a line that a dying process left unfinished is passed over, and its head written again', async () => {
  await ledger.batch(1);
  await publishHeads(ledger.core, 25);
  await appendFile(headsFile, '{"head":{"chain":"led');
  await ledger.batch(1);
  expect(await publishHeads(ledger.core, 25)).toBe(1);
  expect((await inFile()).map(({ head }) => head.number)).toEqual([1, 2]);
});

test.each(['{', '{"head":{"chain":"led', '{"he\n{"head":{"chain":"led', '\n'])(
  'so is the very first one: %j',
  async (torn) => {
    await ledger.batch(1);
    await writeFile(headsFile, torn);
    expect(await publishHeads(ledger.core, 25)).toBe(1);
    expect(await publishHeads(ledger.core, 25)).toBe(0);
    expect(await inFile()).toEqual(await ledger.heads());
  },
);

test('a file that holds anything else is not written to', async () => {
  await ledger.batch(1);
  await writeFile(headsFile, 'somebody else’s\n');
  await expect(publishHeads(ledger.core, 25)).rejects.toMatchObject({
    code: 'HOLDS_NO_HEAD',
    message: expect.stringContaining(`${headsFile}, holds none: move it away`),
  });
  expect(await readFile(headsFile, 'utf8')).toBe('somebody else’s\n');
});

test('a file of the heads of another chain is not written to', async () => {
  await ledger.batch(1);
  await publishHeads(ledger.core, 25);
  const seals = { ...ledger.core.seals, auditHeadsFile: headsFile };
  await expect(publishAuditHeads({ ...ledger.core, seals }, 25)).rejects.toMatchObject({
    name: 'HeadsFileWrong',
    code: 'HOLDS_ANOTHER_CHAIN',
  });
  expect(await inFile()).toEqual(await ledger.heads());
});

test('heads that the ledger does not have any more are told in the log', async () => {
  await ledger.batch(1);
  await publishHeads(ledger.core, 25);
  const logged: string[] = [];
  const other = await createSealedLedger({ seals: { headsFile } });
  try {
    expect(await publishHeads({ ...other.core, log: (level) => logged.push(level) }, 25)).toBe(0);
  } finally {
    await other.database.drop();
  }
  expect(logged).toEqual(['error']);
});

test('without a file nothing is written', async () => {
  await ledger.batch(1);
  const seals = { ...ledger.core.seals, headsFile: null };
  expect(await publishHeads({ ...ledger.core, seals }, 25)).toBe(0);
});
