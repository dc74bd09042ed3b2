import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** A row that cannot be what was posted, and what is wrong with it. */
export interface RowProblem {
  id: string;
  /** A sentence. */
  says: string;
}

/**
 * Holds transfers against the books themselves: each side's account is there and of its currency, and a guarded one
 * has after its n-th transfer what it had after the one before, and this amount. Looks up what it needs by index, so
 * that it costs the same in a large ledger.
 */
export async function checkLedgerRows(db: Kysely<Database>, ids: readonly string[]): Promise<RowProblem[]> {
  const { rows } = await sql<RowProblem>`
    with page as (select * from transfers where id = any(${ids}::uuid[])),
    side as (
      select id, transaction_id, 'debit' as side, currency, debit_account_id as account_id, debit_version as version,
          debit_balance_minor as balance_minor, -amount_minor as change_minor from page
      union all
      select id, transaction_id, 'credit', currency, credit_account_id, credit_version, credit_balance_minor, amount_minor from page
    ), judged as (
      select side.id, case
          when side.change_minor = 0 then 'moves nothing'
          when account.id is null then 'the ' || side || ' account ' || account_id || ' does not exist'
          when account.id <> account_id_of(account.purpose, account.owner_id, account.currency)
            then 'the ' || side || ' account ' || account_id || ' is not what its id says'
          when account.currency <> side.currency then 'the ' || side || ' account has another currency'
          when account.guarded <> (side.version is not null) or account.guarded <> (side.balance_minor is not null)
            then 'the ' || side || ' side has no balance, or one that it should not have'
          when twin.id is not null then 'the ' || side || ' side has the number of transfer ' || twin.id
          when side.version = 1 and side.balance_minor <> side.change_minor
            then 'the ' || side || ' balance is ' || side.balance_minor || ' and should be ' || side.change_minor
          when side.version > 1 and before.balance_minor is null
            then 'the ' || side || ' account has no transfer number ' || side.version - 1 || ' before it'
          when side.version > 1 and side.balance_minor <> before.balance_minor + side.change_minor
            then 'the ' || side || ' balance is ' || side.balance_minor || ' and should be '
              || before.balance_minor + side.change_minor
          when side.version < 1 then 'the ' || side || ' side has the number ' || side.version
        end as says
      from side
      left join accounts account on account.id = side.account_id
      left join lateral (
        select id from transfers where debit_account_id = side.account_id and debit_version = side.version
          and (transaction_id, id) < (side.transaction_id, side.id)
        union all
        select id from transfers where credit_account_id = side.account_id and credit_version = side.version
          and (transaction_id, id) < (side.transaction_id, side.id)
        limit 1
      ) twin on true
      -- Of two with one number the earlier is the true one: whoever forges comes later.
      left join lateral (
        select debit_balance_minor as balance_minor, transaction_id, id from transfers
          where debit_account_id = side.account_id and debit_version = side.version - 1
        union all
        select credit_balance_minor, transaction_id, id from transfers
          where credit_account_id = side.account_id and credit_version = side.version - 1
        order by transaction_id, id limit 1
      ) before on true
    )
    select id, says from judged where says is not null`.execute(db);
  return rows;
}

/**
 * The first guarded account whose stored balance is not that of its last transfer, or null. Goes through all of them,
 * a page at a time.
 */
export async function findAccountAstray(db: Kysely<Database>): Promise<RowProblem | null> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await sql<RowProblem & { last: string }>`
      with page as (select * from accounts where id > ${after}::uuid order by id limit ${ACCOUNTS_PER_PAGE}),
      judged as (
        select page.id, case
            when page.version is null then 'has no number of transfers'
            when line.version > page.version
              then 'is at transfer number ' || page.version || ' and has one numbered ' || line.version
            when coalesce(line.version, 0) < page.version then 'is at transfer number ' || page.version
              || ', and its last transfer is number ' || coalesce(line.version, 0)
            when page.balance_minor is distinct from coalesce(line.balance_minor, 0)
              then 'has a balance of ' || coalesce(page.balance_minor::text, 'nothing')
              || ', and its last transfer left ' || coalesce(line.balance_minor, 0)
          end as says
        from page left join lateral (
          (select debit_version as version, debit_balance_minor as balance_minor from transfers
            where debit_account_id = page.id and debit_version is not null order by debit_version desc limit 1)
          union all
          (select credit_version, credit_balance_minor from transfers
            where credit_account_id = page.id and credit_version is not null order by credit_version desc limit 1)
          order by version desc limit 1
        ) line on true
        where page.guarded
      )
      select (select max(id::text) from page) as last, judged.id, judged.says
        from (select) once left join judged on says is not null order by judged.id limit 1`.execute(db);
    const [{ last = null, id = null, says = '' } = {}] = rows;
    if (id !== null) return { id, says };
    if (last === null) return null;
    after = last;
  }
}

const ACCOUNTS_PER_PAGE = 2000;
