import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ChainReport, headHash, readHeadLines, type SignedHead } from '@errand-dash/core';
import { type LedgerCommand, readArguments, UsageWrong } from './ledger-command.ts';
import type { SealedChain } from './sealed-chain.ts';

/** Recomputes a chain and names the first thing that is wrong. Exit code 1 where there is something. */
export const verifying = (sealed: SealedChain): LedgerCommand => ({
  takes: '[--head FILE|JSON]… [--json]',
  says: `Recomputes the ${sealed.name} from its beginning and names the first of its ${sealed.rows} that is not as it was sealed. Heads that were seen before, by default those of ${sealed.headsSetting}, tell whether the end was cut off.`,
  prepare: (args) => {
    const { values } = readArguments(() =>
      parseArgs({ args, options: { head: { type: 'string', multiple: true }, json: { type: 'boolean' } } }),
    );
    const given = values.head?.flatMap(readHeads);
    return async ({ db, seals }) => {
      const known = given ?? headsIn(sealed.headsFileOf(seals));
      const report = await sealed.verify(db, { keys: seals.keys, known });
      const text =
        values.json === true ? JSON.stringify(report, null, 2) : inWords(sealed, report, known.length);
      return { text, exitCode: report.problem === null ? 0 : 1 };
    };
  },
});

function readHeads(given: string): SignedHead[] {
  const isFile = existsSync(given);
  if (!isFile && !given.trimStart().startsWith('{')) throw new UsageWrong(`There is no file ${given}.`);
  const heads = readHeadLines(isFile ? readFileSync(given, 'utf8') : given);
  if (heads.length === 0) throw new UsageWrong(`${isFile ? given : 'What was given'} holds no head.`);
  return heads;
}

const headsIn = (headsFile: string | null): SignedHead[] =>
  headsFile !== null && existsSync(headsFile) ? readHeadLines(readFileSync(headsFile, 'utf8')) : [];

function inWords(
  { rows }: SealedChain,
  { heads, sealed, unsealed, last, problem }: ChainReport,
  known: number,
): string {
  if (problem !== null) {
    return `NOT WHOLE: ${problem.says} (${problem.kind}).\nWhat comes before it, ${sealed} ${rows} under ${heads} heads, is as it was sealed.`;
  }
  const compared =
    known === 0 ? 'no head that was seen before was given' : `held against ${known} heads seen before`;
  const newest =
    last === null
      ? 'Nothing is sealed yet.'
      : `The last head is number ${heads}, ${headHash(last.head)}. Keep it.`;
  return `WHOLE: ${sealed} ${rows} under ${heads} heads are as they were sealed, ${compared}; ${unsealed} are not sealed yet.\n${newest}`;
}
