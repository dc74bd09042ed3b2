import { parseArgs } from 'node:util';
import { findHeads, findLatestHead, type SignedHead } from '@errand-dash/core';
import { type LedgerCommand, readArguments, UsageWrong } from './ledger-command.ts';
import type { SealedChain } from './sealed-chain.ts';

const HEADS_MAX = 1000;

/** The heads of a chain, one JSON object a line as in its file of heads. */
export const headsOf = ({ chain, name }: SealedChain): LedgerCommand => ({
  takes: '[--after NUMBER] [--latest]',
  says: `Prints the signed heads of the ${name}, one JSON object a line: the first ${HEADS_MAX} after a number, or the newest.`,
  prepare: (args) => {
    const { values } = readArguments(() =>
      parseArgs({ args, options: { after: { type: 'string', default: '0' }, latest: { type: 'boolean' } } }),
    );
    if (!/^\d{1,15}$/.test(values.after)) throw new UsageWrong('--after takes the number of a head.');
    const range = { chain, after: Number(values.after), limit: HEADS_MAX };
    return async ({ db }) => {
      const latest = values.latest === true ? await findLatestHead(db, chain) : null;
      const found: SignedHead[] =
        values.latest === true ? [latest].filter((head) => head !== null) : await findHeads(db, range);
      return { text: found.map((head) => JSON.stringify(head)).join('\n'), exitCode: 0 };
    };
  },
});
