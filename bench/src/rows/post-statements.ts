import type { AccountName, Transfer } from '@errand-dash/db';
import type { Pool } from '../bench-database.ts';
import type { BenchRow } from '../bench-row.ts';
import { pickTwo, setOf } from '../ledger-sets.ts';
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
    const accounts = await copyTables(context.ownerPool);
    return {
      figure,
      against: callers(16, () => transferByStatements(context.pool, ...pickTwo(accounts))),
      close: async () => {
        await context.ownerPool.query('drop table bench_accounts, bench_transfers');
      },
    };
  },
};

/** The ledger's own tables with all their indexes, without its guards and open to the application. */
async function copyTables(ownerPool: Pool): Promise<BenchAccount[]> {
  await ownerPool.query('create table bench_accounts (like accounts including all) with (fillfactor = 50)');
  await ownerPool.query('create table bench_transfers (like transfers including all)');
  await ownerPool.query(
    'grant select, insert, update on bench_accounts, bench_transfers to errand_dash_application',
  );
  const { rows } = await ownerPool.query<{ id: string; owner_id: string }>(`
    insert into bench_accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select gen_random_uuid(), 1000000000, 0, true, 'available', gen_random_uuid()::text, 'NGN', now()
      from generate_series(1, 10000) returning id, owner_id`);
  await ownerPool.query('vacuum (analyze) bench_accounts');
  return rows.map(({ id, owner_id }) => ({
    id,
    name: { purpose: 'available', ownerId: owner_id, currency: 'NGN' },
  }));
}

interface BenchAccount {
  id: string;
  name: AccountName;
}

interface StoredAccount {
  id: string;
  balance_minor: bigint;
  version: bigint;
}

async function transferByStatements(
  pool: Pool,
  { id: debitId, name: debitName }: BenchAccount,
  { id: creditId, name: creditName }: BenchAccount,
): Promise<void> {
  const set = setOf([[debitName, creditName, 100n]]);
  const transfer = set.transfers[0] as Transfer;
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<StoredAccount>(
      'select id, balance_minor, version from bench_accounts where id = any($1) order by id for update',
      [[debitId, creditId]],
    );
    const debit = rows.find(({ id }) => id === debitId) as StoredAccount;
    const credit = rows.find(({ id }) => id === creditId) as StoredAccount;
    const debitMinor = debit.balance_minor - transfer.amountMinor;
    const creditMinor = credit.balance_minor + transfer.amountMinor;
    if (debitMinor < 0n) throw new Error('An account of the bench ran dry');
    await client.query(
      `insert into bench_transfers (id, set_id, debit_account_id, credit_account_id, amount_minor,
        debit_balance_minor, debit_version, credit_balance_minor, credit_version, posted_at, leg, legs, currency,
        kind, cause_type, cause_id, authority_kind, authority_reference, authority_detail)
        values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 1, $10, $11, $12, $13, $14, $15, $16)`,
      [
        ...[
          transfer.id,
          debitId,
          creditId,
          transfer.amountMinor,
          debitMinor,
          debit.version + 1n,
          creditMinor,
        ],
        ...[
          credit.version + 1n,
          set.postedAt,
          transfer.debit.currency,
          set.kind,
          set.cause.type,
          set.cause.id,
        ],
        ...[set.authority.kind, set.authority.reference, set.authority.detail],
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
