import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { Pool } from '../bench-database.ts';
import type { BenchRow } from '../bench-row.ts';
import { pickTwo } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';
import { spreadPosts } from './post-spread.ts';

/** What one round trip saves over the transaction that a client would usually write. */
export const postStatements: BenchRow = {
  id: 'post-statements',
  unit: 'sets/s',
  heldAgainst: 'begin, lock both accounts, insert, two updates, commit',
  reach: 3,
  prepare: async (context) => {
    const figure = await spreadPosts(context);
    const ids = await copyTables(context.ownerPool);
    return {
      figure,
      against: callers(16, () => transferByStatements(context.pool, pickTwo(ids))),
      close: async () => {
        await context.ownerPool.query('drop table bench_accounts, bench_transfers');
      },
    };
  },
};

/** The ledger's own tables with all their indexes, but open to the application. */
async function copyTables(ownerPool: Pool): Promise<string[]> {
  await ownerPool.query('create table bench_accounts (like accounts including all) with (fillfactor = 50)');
  await ownerPool.query('create table bench_transfers (like transfers including all)');
  await ownerPool.query(
    'grant select, insert, update on bench_accounts, bench_transfers to errand_dash_application',
  );
  const { rows } = await ownerPool.query<{ id: string }>(`
    insert into bench_accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select gen_random_uuid(), 1000000000, 0, true, 'available', number::text, 'NGN', now()
      from generate_series(1, 10000) as number returning id`);
  await ownerPool.query('vacuum (analyze) bench_accounts');
  return rows.map(({ id }) => id);
}

interface StoredAccount {
  id: string;
  balance_minor: bigint;
  version: bigint;
}

async function transferByStatements(pool: Pool, [debitId, creditId]: [string, string]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<StoredAccount>(
      'select id, balance_minor, version from bench_accounts where id = any($1) order by id for update',
      [[debitId, creditId]],
    );
    const debit = rows.find(({ id }) => id === debitId) as StoredAccount;
    const credit = rows.find(({ id }) => id === creditId) as StoredAccount;
    const amountMinor = 100n;
    const debitMinor = debit.balance_minor - amountMinor;
    const creditMinor = credit.balance_minor + amountMinor;
    if (debitMinor < 0n) throw new Error('An account of the bench ran dry');
    await client.query(
      `insert into bench_transfers (id, set_id, debit_account_id, credit_account_id, amount_minor,
        debit_balance_minor, debit_version, credit_balance_minor, credit_version, posted_at, currency)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        ...[randomUUIDv7(), randomUUID(), debitId, creditId, amountMinor, debitMinor, debit.version + 1n],
        ...[creditMinor, credit.version + 1n, new Date(), 'NGN'],
      ],
    );
    const update = 'update bench_accounts set balance_minor = $2, version = $3 where id = $1';
    await client.query(update, [debitId, debitMinor, debit.version + 1n]);
    await client.query(update, [creditId, creditMinor, credit.version + 1n]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
