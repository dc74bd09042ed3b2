import type { AccountName } from '@errand-dash/db';
import type { BenchLedger } from '../bench-database.ts';
import type { BenchRow } from '../bench-row.ts';
import { loadCircle } from '../ledger-history.ts';
import { pickTwo, postAll, poster, setOf } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';

const accounts = 10_000;

/** That a ledger takes transfers as fast when it is large. */
export const ledger10mPost: BenchRow = {
  id: 'ledger-10m-post',
  unit: 'sets/s',
  heldAgainst: 'the same with 10,000 transfers, both with 10,000,000',
  reach: 0.8,
  isLong: true,
  prepare: async ({ openAnother }) => {
    const large = await openAnother('errand_dash_large');
    const small = await openAnother('errand_dash_small');
    const close = async () => {
      await large.close();
      await small.close();
    };
    return {
      figure: spread(large, await loadCircle(large, { accounts, transfers: 10_000_000 })),
      against: spread(small, await loadCircle(small, { accounts, transfers: 10_000 })),
      close,
    };
  },
};

function spread({ pool }: BenchLedger, among: AccountName[]) {
  const send = poster(pool);
  return callers(16, () => {
    const [payer, payee] = pickTwo(among);
    return postAll(send, [setOf([[payer, payee, 100n]])]);
  });
}
