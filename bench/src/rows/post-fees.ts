import { randomUUID } from 'node:crypto';
import type { AccountName } from '@errand-dash/db';
import type { BenchRow } from '../bench-row.ts';
import { openAccounts, pickTwo, postAll, poster, setOf, sourceAccount } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';

/** That the one account into which every commission goes is not hot. */
export const postFees: BenchRow = {
  id: 'post-fees',
  unit: 'sets/s',
  heldAgainst: 'the same with the fees spread over 10,000 accounts',
  reach: 0.95,
  prepare: async ({ pool, ownerPool }) => {
    const accounts = await openAccounts(pool, 10_000, 1_000_000_000n);
    const spread = accounts.map(
      (): AccountName => ({ purpose: 'receivable', ownerId: randomUUID(), currency: 'NGN' }),
    );
    const send = poster(pool);
    for (let first = 0; first < spread.length; first += 500) {
      const sets = spread.slice(first, first + 500).map((account) => setOf([[sourceAccount, account, 1n]]));
      await postAll(send, sets);
    }
    await ownerPool.query('vacuum (analyze) accounts, transfers');
    const pay = (fees: AccountName) => {
      const [payer, payee] = pickTwo(accounts);
      const legs = [
        [payer, payee, 90n],
        [payer, fees, 10n],
      ] as const;
      return postAll(send, [setOf(legs)]);
    };
    return {
      figure: callers(16, () => pay({ purpose: 'fees', ownerId: null, currency: 'NGN' })),
      against: callers(16, () => pay(pickTwo(spread)[0])),
    };
  },
};
