import type { TransferSet } from '@errand-dash/db';
import type { BenchRow } from '../bench-row.ts';
import { openAccounts, poster, setOf, sourceAccount } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';

const batchSize = 100;
const refusedShare = 0.05;

/** What a batch saves on an account that everybody wants at once. */
export const postBatch: BenchRow = {
  id: 'post-batch',
  unit: 'sets/s',
  heldAgainst: 'one set a call on the same account',
  reach: 6,
  prepare: async ({ pool }) => {
    const [account] = await openAccounts(pool, 1, 1_000_000_000_000n);
    if (account === undefined) throw new Error('The bench has no account');
    const send = poster(pool);
    let made = 0;
    const next = (): TransferSet => {
      made += 1;
      if (made % (1 / refusedShare) === 0) return setOf([[account, sourceAccount, 2n ** 53n - 1n]]);
      return setOf([made % 2 === 0 ? [account, sourceAccount, 10n] : [sourceAccount, account, 10n]]);
    };
    const postChecked = async (sets: TransferSet[]) => {
      const answers = await send(sets);
      const refused = answers.filter(({ outcome }) => outcome === 'refused').length;
      const expected = sets.filter(({ transfers }) => transfers[0]?.amountMinor === 2n ** 53n - 1n).length;
      if (refused !== expected) throw new Error(`${refused} sets of the bench were refused, not ${expected}`);
    };
    return {
      figure: callers(16, () => postChecked(Array.from({ length: batchSize }, next)), batchSize),
      against: callers(16, () => postChecked([next()])),
    };
  },
};
