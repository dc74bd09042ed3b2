import { randomUUID } from 'node:crypto';
import { type AccountName, accountId, createDb, foldBalances } from '@errand-dash/db';
import type { BenchLedger } from './bench-database.ts';
import { openAccounts, postAll, poster, setOf } from './ledger-sets.ts';

const amountMinor = 100n;

/** A guarded and an unguarded account between which so many transfers went, with the checkpoints that are due. */
export async function loadPair(ledger: BenchLedger, transfers: number): Promise<AccountName[]> {
  const ownerId = randomUUID();
  const guarded: AccountName = { purpose: 'available', ownerId, currency: 'NGN' };
  const unguarded: AccountName = { purpose: 'receivable', ownerId, currency: 'NGN' };
  await postAll(poster(ledger.pool), [setOf([[unguarded, guarded, amountMinor]])]);
  const batch = Math.max(1, Math.round(transfers / 500));
  for (let first = 2; first <= transfers; first += batch) {
    const last = Math.min(first + batch - 1, transfers);
    await ledger.ownerPool.query(
      `${insertTransfers}
        select made.id, made.id, 1, 1, $1, $2, $3::bigint, null, null, version * $3::bigint, version, ${said}
        from (select uuidv7() as id, version from generate_series($4::bigint, $5::bigint) as version) made`,
      [accountId(unguarded), accountId(guarded), amountMinor, first, last],
    );
  }
  await setAccounts(ledger, 'version = $2, balance_minor = $3', [
    [accountId(guarded)],
    transfers,
    amountMinor * BigInt(transfers),
  ]);
  await settle(ledger);
  return [guarded, unguarded];
}

/** Accounts that have sent each other so many transfers in turns, each turn one by and one to everybody. */
export async function loadCircle(
  ledger: BenchLedger,
  { accounts: count, transfers }: { accounts: number; transfers: number },
): Promise<AccountName[]> {
  const openedMinor = 1_000_000_000n;
  const accounts = await openAccounts(ledger.pool, count, openedMinor);
  const ids = accounts.map(accountId);
  const turns = Math.floor(transfers / count);
  for (let turn = 1; turn <= turns; turn += 1) {
    await ledger.ownerPool.query(
      `${insertTransfers}
        select made.id, made.id, 1, 1, ids[place], ids[(place - 1 + $2) % $3 + 1], $4::bigint,
          $5::bigint - $4::bigint, $6::bigint, $5::bigint, $6::bigint + 1, ${said}
        from (select $1::uuid[] as ids) circle,
          lateral (select uuidv7() as id, place from generate_series(1, $3) as place) made`,
      [ids, 1 + (turn % (count - 1)), count, amountMinor, openedMinor, 2 * turn],
    );
  }
  await setAccounts(ledger, 'version = $2', [ids, 2 * turns + 1]);
  await settle(ledger);
  return accounts;
}

const insertTransfers = `insert into transfers (id, set_id, leg, legs, debit_account_id, credit_account_id,
  amount_minor, debit_balance_minor, debit_version, credit_balance_minor, credit_version, posted_at, currency, kind,
  cause_type, cause_id, authority_kind, authority_reference)`;

const said = `date_trunc('milliseconds', now()), 'NGN', 'adjustment.post', 'bench', made.id::text, 'session', 'bench'`;

/** What the posting of these transfers would have made of the accounts, which are guarded against all else. */
async function setAccounts({ ownerPool }: BenchLedger, changes: string, values: unknown[]): Promise<void> {
  const client = await ownerPool.connect();
  try {
    await client.query('begin');
    await client.query('alter table accounts disable trigger user');
    await client.query(`update accounts set ${changes} where id = any($1)`, values);
    await client.query('alter table accounts enable trigger user');
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** What the worker and autovacuum would have done long since. */
async function settle({ pool, ownerPool }: BenchLedger): Promise<void> {
  await ownerPool.query('vacuum (analyze) accounts, transfers');
  const db = createDb(pool);
  while ((await foldBalances(db, 100_000)) > 0);
}
