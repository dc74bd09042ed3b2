import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type ChainReport,
  type Core,
  headHash,
  ledgerSource,
  readHeadLines,
  type SignedHead,
  verifyChain,
} from '@errand-dash/core';
import { type LedgerCommand, readArguments, UsageWrong } from './ledger-command.ts';

/** Recomputes the ledger and names the first thing that is wrong. Exit code 1 where there is something. */
export const verify: LedgerCommand = {
  takes: '[--head FILE|JSON]… [--json]',
  says: 'Recomputes the ledger from its first transfer and names the first one that is not as it was sealed. Heads that were seen before, by default those of LEDGER_HEADS_FILE, tell whether the end was cut off.',
  prepare: (args) => {
    const { values } = readArguments(() =>
      parseArgs({ args, options: { head: { type: 'string', multiple: true }, json: { type: 'boolean' } } }),
    );
    const given = values.head?.flatMap(readHeads);
    return async (core) => {
      const known = given ?? headsOfSettings(core);
      const report = await verifyChain(core.db, ledgerSource, { keys: core.seals.keys, known });
      const text = values.json === true ? JSON.stringify(report, null, 2) : inWords(report, known.length);
      return { text, exitCode: report.problem === null ? 0 : 1 };
    };
  },
};

function readHeads(given: string): SignedHead[] {
  const isFile = existsSync(given);
  if (!isFile && !given.trimStart().startsWith('{')) throw new UsageWrong(`There is no file ${given}.`);
  const heads = readHeadLines(isFile ? readFileSync(given, 'utf8') : given);
  if (heads.length === 0) throw new UsageWrong(`${isFile ? given : 'What was given'} holds no head.`);
  return heads;
}

const headsOfSettings = ({ seals: { headsFile } }: Core): SignedHead[] =>
  headsFile !== null && existsSync(headsFile) ? readHeadLines(readFileSync(headsFile, 'utf8')) : [];

function inWords({ heads, sealed, unsealed, last, problem }: ChainReport, known: number): string {
  if (problem !== null) {
    return `NOT WHOLE: ${problem.says} (${problem.kind}).\nWhat comes before it, ${sealed} transfers under ${heads} heads, is as it was sealed.`;
  }
  const compared =
    known === 0 ? 'no head that was seen before was given' : `held against ${known} heads seen before`;
  const newest =
    last === null
      ? 'Nothing is sealed yet.'
      : `The last head is number ${heads}, ${headHash(last.head)}. Keep it.`;
  return `WHOLE: ${sealed} transfers under ${heads} heads are as they were sealed, ${compared}; ${unsealed} are not sealed yet.\n${newest}`;
}
