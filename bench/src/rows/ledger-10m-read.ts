import type { BenchRow } from '../bench-row.ts';
import { readPairs } from './read-old-account.ts';

/** `read-old-account` with a history that no account will have for years. */
export const ledger10mRead: BenchRow = {
  id: 'ledger-10m-read',
  unit: 'ms a read',
  heldAgainst: 'after 10,000 transfers, both after 10,000,000',
  reach: 1.3,
  atMost: true,
  isLong: true,
  prepare: async ({ openAnother }) => {
    const ledger = await openAnother('errand_dash_old');
    return { ...(await readPairs(ledger, { old: 10_000_000, young: 10_000 })), close: ledger.close };
  },
};
