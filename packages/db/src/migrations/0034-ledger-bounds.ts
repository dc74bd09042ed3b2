import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';

/**
 * The end of what can be in an ordered table, so that a row beyond it is found; and folding that stays within its bound
 * after a gap in the numbers of transactions, as a new epoch leaves one.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [assignedBelow, foldBalances, ...rights]) await sql.raw(statement).execute(db);
}

// No transaction has reached that number yet, as far as the statement that asks can see. Null between a restore and
// the new epoch, as settled_below is. The transaction that asks may be younger than what it sees.
const assignedBelow = `create function assigned_below() returns bigint language sql stable ${pinned} as $$
    select epoch.base + greatest(transaction_number(pg_snapshot_xmax(pg_current_snapshot())),
        transaction_number(pg_current_xact_id_if_assigned()) + 1)
      from write_epochs epoch where settled_below() is not null
  $$`;

// Moves the horizon on over about so many transfers, and over empty stretches as far as it takes; answers over how
// many. Of several at once one works and the others find its horizon. A stretch that is empty lets it look further
// ahead; what it finds there it comes up to in steps, and folds no more of at once than of what lies nearby.
const foldBalances = `create or replace function fold_balances(p_transfers_max bigint) returns bigint
    language plpgsql security definer ${pinned} set enable_seqscan = off set jit = off as $$
  declare
    narrow constant bigint := 512;
    settled bigint;
    first bigint;
    last bigint;
    width bigint := narrow;
    growth bigint := 8;
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
      if width > narrow and exists (
        select from transfers
          where transaction_number(transaction_id) >= first and transaction_number(transaction_id) < last)
      then
        last := first;
        width := width / 8;
        growth := 1;
        continue;
      end if;
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
      growth := case when sides = 0 then growth else 8 end;
      width := case when sides = 0 then width * growth else narrow end;
    end loop;
    if folded > 0 then
      update checkpoint_horizon set below = last;
    end if;
    return folded;
  end $$`;

const rights = [
  'revoke execute on function assigned_below from public',
  'grant execute on function assigned_below to errand_dash_application',
];
