import type { AccountName, Transfer } from '@errand-dash/db';
import { type Insertable, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { BenchContext, BenchRow } from '../bench-row.ts';
import { pickTwo, setOf } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';
import { spreadPosts } from './post-spread.ts';

/**
 * What one round trip saves over the transaction that a client would usually write: by Kysely, on a pool of
 * node-postgres as it comes, which prepares nothing.
 */
export const postStatements: BenchRow = {
  id: 'post-statements',
  unit: 'sets/s',
  heldAgainst: 'begin, lock both accounts, insert, two updates, commit',
  reach: 3,
  prepare: async (context) => {
    const figure = await spreadPosts(context);
    const accounts = await copyTables(context.ownerPool);
    const pool = new pg.Pool({ connectionString: context.applicationUrl, max: 16 });
    const db = new Kysely<BenchTables>({ dialect: new PostgresDialect({ pool }) });
    return {
      figure,
      against: callers(16, () => transferByStatements(db, ...pickTwo(accounts))),
      close: async () => {
        await db.destroy();
        await context.ownerPool.query('drop table bench_accounts, bench_transfers');
      },
    };
  },
};

/** The ledger's own tables with all their indexes, without its guards and open to the application. */
async function copyTables(ownerPool: BenchContext['ownerPool']): Promise<BenchAccount[]> {
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

/** A pool as it comes gives a bigint as text. */
interface BenchTables {
  bench_accounts: { id: string; balance_minor: string; version: string };
  bench_transfers: {
    id: string;
    set_id: string;
    debit_account_id: string;
    credit_account_id: string;
    amount_minor: string;
    debit_balance_minor: string;
    debit_version: string;
    credit_balance_minor: string;
    credit_version: string;
    posted_at: Date;
    leg: number;
    legs: number;
    currency: string;
    kind: string;
    cause_type: string;
    cause_id: string;
    authority_kind: string;
    authority_reference: string;
    authority_detail: string | null;
  };
}

async function transferByStatements(
  db: Kysely<BenchTables>,
  debit: BenchAccount,
  credit: BenchAccount,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('bench_accounts')
      .select(['id', 'balance_minor', 'version'])
      .where('id', 'in', [debit.id, credit.id])
      .orderBy('id')
      .forUpdate()
      .execute();
    const row = transferRow(debit, credit, rows);
    await tx.insertInto('bench_transfers').values(row).execute();
    await tx
      .updateTable('bench_accounts')
      .set({ balance_minor: row.debit_balance_minor, version: row.debit_version })
      .where('id', '=', debit.id)
      .execute();
    await tx
      .updateTable('bench_accounts')
      .set({ balance_minor: row.credit_balance_minor, version: row.credit_version })
      .where('id', '=', credit.id)
      .execute();
  });
}

function transferRow(
  debit: BenchAccount,
  credit: BenchAccount,
  stored: BenchTables['bench_accounts'][],
): Insertable<BenchTables['bench_transfers']> {
  const set = setOf([[debit.name, credit.name, 100n]]);
  const { id, amountMinor } = set.transfers[0] as Transfer;
  const [payer, payee] = [debit.id, credit.id].map((wanted) => stored.find((row) => row.id === wanted));
  if (payer === undefined || payee === undefined) throw new Error('An account of the bench is not there');
  const debitMinor = BigInt(payer.balance_minor) - amountMinor;
  if (debitMinor < 0n) throw new Error('An account of the bench ran dry');
  return {
    id,
    set_id: id,
    debit_account_id: debit.id,
    credit_account_id: credit.id,
    amount_minor: String(amountMinor),
    debit_balance_minor: String(debitMinor),
    debit_version: String(BigInt(payer.version) + 1n),
    credit_balance_minor: String(BigInt(payee.balance_minor) + amountMinor),
    credit_version: String(BigInt(payee.version) + 1n),
    posted_at: set.postedAt,
    leg: 1,
    legs: 1,
    currency: debit.name.currency,
    kind: set.kind,
    cause_type: set.cause.type,
    cause_id: set.cause.id,
    authority_kind: set.authority.kind,
    authority_reference: set.authority.reference,
    authority_detail: set.authority.detail ?? null,
  };
}
