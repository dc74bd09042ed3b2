import { randomUUIDv7 } from 'node:crypto';
import type { BenchContext, BenchRow } from '../bench-row.ts';
import { openAccounts, pickTwo, postAll, poster, setOf } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';

/** What the ledger costs over the least that a commit can cost. */
export const postSpread: BenchRow = {
  id: 'post-spread',
  unit: 'sets/s',
  heldAgainst: 'a single-row insert per commit on the same pool',
  reach: 0.35,
  prepare: async ({ pool, ownerPool }) => {
    await ownerPool.query(`create table bench_row (
      id uuid primary key, amount_minor bigint not null, posted_at timestamptz not null)`);
    await ownerPool.query('grant insert on bench_row to errand_dash_application');
    const insert = () =>
      pool.query('insert into bench_row (id, amount_minor, posted_at) values ($1, $2, $3)', [
        randomUUIDv7(),
        100n,
        new Date(),
      ]);
    return {
      figure: await spreadPosts({ pool, ownerPool }),
      against: callers(16, insert),
      close: async () => {
        await ownerPool.query('drop table bench_row');
      },
    };
  },
};

/** One-transfer sets over 10,000 guarded accounts, 16 at once. */
export async function spreadPosts({ pool, ownerPool }: Pick<BenchContext, 'pool' | 'ownerPool'>) {
  const accounts = await openAccounts(pool, 10_000, 1_000_000_000n);
  await ownerPool.query('vacuum (analyze) accounts, transfers');
  const send = poster(pool);
  return callers(16, () => {
    const [payer, payee] = pickTwo(accounts);
    return postAll(send, [setOf([[payer, payee, 100n]])]);
  });
}
