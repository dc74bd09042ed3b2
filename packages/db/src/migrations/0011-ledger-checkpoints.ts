import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';

/**
 * The balances of unguarded accounts up to a place in the order of transactions, so that reading one costs what has
 * been posted since; and epochs, without which that order would be lost when a dump is restored elsewhere.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...order, ...checkpoints, ...reading, ...rights]) {
    await sql.raw(statement).execute(db);
  }
}

/** Of each epoch so many transaction numbers: at ten thousand a second, those of fifty years. */
const epochWidth = '(2::bigint ^ 44)::bigint';

/**
 * Whether the row was written in this cluster, which the alias is of. The system column is given anew when a dump is
 * restored, while the stored column is restored.
 */
const isOurs = (epoch: string) => `${epoch}.xmin = ${epoch}.written_by::xid`;

const order = [
  `create function transaction_number(p_transaction_id xid8) returns bigint
    language sql immutable parallel safe as $$ select p_transaction_id::text::bigint $$`,
  `create function transaction_of(p_number bigint) returns xid8
    language sql immutable parallel safe as $$ select p_number::text::xid8 $$`,

  // One row. Transactions of this cluster count from the base, which lies above everything restored.
  `create table write_epochs (
    id smallint primary key default 1 check (id = 1),
    number integer not null,
    base bigint not null,
    written_by xid8 not null default pg_current_xact_id()
  )`,
  'insert into write_epochs (number, base) values (0, 0)',
  // Tables whose rows are taken in the order of their transactions.
  'create table ordered_tables (table_name text primary key)',

  // Every transaction below it has ended, so that no row can appear there any more. Null between a restore and the
  // new epoch.
  `create function settled_below() returns bigint language sql stable ${pinned} as $$
    select epoch.base + transaction_number(pg_snapshot_xmin(pg_current_snapshot()))
      from write_epochs epoch where ${isOurs('epoch')}
  $$`,

  // The base stands in the default itself as a constant, so that a post pays nothing for it.
  `create function set_transaction_default(p_table_name text, p_base bigint) returns void language plpgsql ${pinned}
  as $$
  begin
    execute format('alter table %I alter column transaction_id set default %s', p_table_name,
      case when p_base = 0 then 'pg_current_xact_id()'
        else format('transaction_of(transaction_number(pg_current_xact_id()) + %s)', p_base) end);
  end $$`,

  // For migrations: a table with the columns id uuid and transaction_id xid8, to which rows are only added. The index
  // costs an insert next to nothing, since rows lie in about this order anyway.
  `create function keep_in_order(p_table_name text) returns void language plpgsql ${pinned} as $$
  begin
    insert into ordered_tables (table_name) values (p_table_name);
    perform set_transaction_default(p_table_name, base) from write_epochs;
    execute format('create index %I on %I using brin (transaction_number(transaction_id))
      with (pages_per_range = 64, autosummarize = on)', p_table_name || '_by_transaction', p_table_name);
  end $$`,

  // Answers whether a new epoch was needed: the transactions of a restored copy begin anew, at numbers that its rows
  // may already have. Nobody writes meanwhile. What was written since the restore, which all of its rows are younger
  // than, gets the number that it would have had.
  `create function begin_epoch() returns boolean language plpgsql security definer ${pinned}
    set lock_timeout = '3s' as $$
  declare
    new_base bigint;
    ordered text;
  begin
    if exists (select from write_epochs epoch where ${isOurs('epoch')}) then
      return false;
    end if;
    perform from write_epochs for update;
    if exists (select from write_epochs epoch where ${isOurs('epoch')}) then
      return false;
    end if;
    select base + ${epochWidth} into new_base from write_epochs;
    for ordered in select table_name from ordered_tables order by table_name loop
      execute format('lock table %I in access exclusive mode', ordered);
      execute format('alter table %I disable trigger user', ordered);
      execute format('update %1$I set transaction_id = transaction_of(transaction_number(transaction_id) + %2$s)
        where xmin = transaction_id::xid
          and age(xmin) < (select min(age(xmin)) from %1$I where xmin <> transaction_id::xid)',
        ordered, ${epochWidth});
      execute format('alter table %I enable trigger user', ordered);
      perform set_transaction_default(ordered, new_base);
    end loop;
    update write_epochs set number = number + 1, base = new_base, written_by = pg_current_xact_id();
    delete from account_checkpoints;
    update checkpoint_horizon set below = 0;
    return true;
  end $$`,
];

const checkpoints = [
  // What an account had before the horizon, by the transfers that nothing guards it in.
  `create table account_checkpoints (
    account_id uuid primary key,
    balance_minor numeric not null,
    transfers bigint not null
  )`,
  `create table checkpoint_horizon (
    id smallint primary key default 1 check (id = 1),
    below bigint not null
  )`,
  'insert into checkpoint_horizon (below) values (0)',

  // The index knows what lies in a stretch of the table once it has been summarized, which otherwise happens when the
  // table is vacuumed. Whoever vacuums it just now does that too, and is not to be held up.
  `create function summarize_ordered_tables() returns void language plpgsql ${pinned} set lock_timeout = '100ms' as $$
  begin
    perform brin_summarize_new_values((table_name || '_by_transaction')::regclass) from ordered_tables;
  exception when lock_not_available then
    null;
  end $$`,

  // Moves the horizon on over about so many transfers, and over empty stretches as far as it takes; answers over how
  // many. Of several at once one works and the others find its horizon.
  `create function fold_balances(p_transfers_max bigint) returns bigint language plpgsql security definer ${pinned}
    set enable_seqscan = off as $$
  declare
    settled bigint;
    first bigint;
    last bigint;
    width bigint := 512;
    sides bigint;
    folded bigint := 0;
  begin
    perform begin_epoch();
    select below into last from checkpoint_horizon for update;
    perform summarize_ordered_tables();
    settled := settled_below();
    while last < settled and folded < p_transfers_max loop
      first := last;
      last := least(first + width, settled);
      with line as (
        select debit_account_id as account_id, -amount_minor as change_minor, debit_version as version
          from transfers where transaction_number(transaction_id) >= first and transaction_number(transaction_id) < last
        union all
        select credit_account_id, amount_minor, credit_version
          from transfers where transaction_number(transaction_id) >= first and transaction_number(transaction_id) < last
      ), change as (
        select account_id, sum(change_minor) as change_minor, count(*) as lines
          from line where version is null group by account_id
      ), written as (
        insert into account_checkpoints as checkpoint (account_id, balance_minor, transfers)
          select account_id, change_minor, lines from change
          on conflict (account_id) do update set
            balance_minor = checkpoint.balance_minor + excluded.balance_minor,
            transfers = checkpoint.transfers + excluded.transfers
      )
      select count(*) into sides from line;
      folded := folded + sides / 2;
      width := case when sides = 0 then width * 8 else width end;
    end loop;
    if folded > 0 then
      update checkpoint_horizon set below = last;
    end if;
    return folded;
  end $$`,
];

const reading = [
  // The checkpoint and what came after it, both of the snapshot of the statement that asks, so that a transfer is
  // seen once however a fold runs beside. Of a restored copy, whose order is not to be trusted yet, everything.
  // Without the setting a plan made for an account of unknown age would read the whole table.
  `create function unguarded_balance(p_account_id uuid) returns numeric language plpgsql stable parallel safe ${pinned}
    set enable_seqscan = off as $$
  declare
    start xid8 := '0';
    balance numeric := 0;
  begin
    select transaction_of(horizon.below), coalesce(checkpoint.balance_minor, 0) into start, balance
      from checkpoint_horizon horizon
      join write_epochs epoch on ${isOurs('epoch')}
      left join account_checkpoints checkpoint on checkpoint.account_id = p_account_id;
    start := coalesce(start, '0');
    return coalesce(balance, 0)
      + (select coalesce(sum(amount_minor), 0) from transfers
        where credit_account_id = p_account_id and credit_version is null and transaction_id >= start)
      - (select coalesce(sum(amount_minor), 0) from transfers
        where debit_account_id = p_account_id and debit_version is null and transaction_id >= start);
  end $$`,
  `create or replace view account_balances as
    select id, purpose, owner_id, currency, guarded,
      case when guarded then balance_minor else unguarded_balance(id) end as balance_minor
    from accounts`,
];

const rights = [
  `select keep_in_order('transfers')`,
  `revoke execute on function transaction_number, transaction_of, settled_below, set_transaction_default, keep_in_order,
    begin_epoch, summarize_ordered_tables, fold_balances, unguarded_balance from public`,
  `grant execute on function transaction_number, transaction_of, settled_below, begin_epoch, fold_balances,
    unguarded_balance to errand_dash_application`,
  `grant select on write_epochs, account_checkpoints, checkpoint_horizon to errand_dash_application`,
];
