import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ChainReport, headHash, readHeadLines, type SignedHead } from '@errand-dash/core';
import { type LedgerCommand, readArguments, UsageWrong } from './ledger-command.ts';
import type { SealedChain } from './sealed-chain.ts';

/** Recomputes a chain and names the first thing that is wrong. Exit code 1 where there is something. */
export const verifying = (sealed: SealedChain): LedgerCommand => ({
  takes: '[--head FILE|JSON]… [--no-heads] [--json]',
  says: `Recomputes the ${sealed.name} from its beginning and names the first of its ${sealed.rows} that is not as it was sealed. Heads that were seen before, by default those of ${sealed.headsSetting}, tell whether the end was cut off; where that file has none, --no-heads does without.`,
  prepare: (args) => {
    const { values } = readArguments(() => parseArgs({ args, options }));
    const isWithoutHeads = values['no-heads'] === true;
    if (isWithoutHeads && values.head !== undefined)
      throw new UsageWrong('Give --head or --no-heads, not both.');
    const given = isWithoutHeads ? [] : values.head?.flatMap(readHeads);
    return async ({ db, seals }) => {
      const headsFile = given === undefined ? sealed.headsFileOf(seals) : null;
      const known = given ?? headsIn(headsFile);
      const report = await sealed.verify(db, { keys: seals.keys, known });
      // Before the first seal there is no head to be kept.
      const areHeadsMissing = headsFile !== null && known.length === 0 && report.heads > 0;
      const headsMissingFrom = areHeadsMissing ? headsFile : null;
      const text =
        values.json === true
          ? JSON.stringify({ ...report, headsMissingFrom }, null, 2)
          : inWords(sealed, report, headsMissingFrom);
      return { text, exitCode: report.problem === null && !areHeadsMissing ? 0 : 1 };
    };
  },
});

const options = {
  head: { type: 'string', multiple: true },
  'no-heads': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

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
  { rows, headsSetting }: SealedChain,
  { heads, sealed, unsealed, known, last, problem }: ChainReport,
  headsMissingFrom: string | null,
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
  if (headsMissingFrom !== null) {
    const state = existsSync(headsMissingFrom) ? 'holds no head' : 'is not there';
    return `NOT KNOWN TO BE WHOLE: ${sealed} ${rows} under ${heads} heads agree with each other, but ${headsMissingFrom}, which ${headsSetting} names, ${state}: nobody can tell whether the end was cut off.\nGive a head that was kept with --head, or do without by --no-heads.`;
  }
  return `WHOLE: ${sealed} ${rows} under ${heads} heads are as they were sealed, ${compared}; ${unsealed} are not sealed yet.\n${newest}`;
}
