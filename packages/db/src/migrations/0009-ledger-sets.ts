import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';
import { findPosted, judgeReversal, postSets, postTransfer } from './0009-ledger-posting.ts';

/**
 * A set of transfers has no row of its own any more: what it says stands on each of its transfers, and its id is
 * that of its first. A movement is then one row and not two, which is most of what a posting costs.
 *
 * Every transfer that was there is there afterwards with its id, amount, versions and transaction, which is
 * counted and summed before and after: where anything differs the migration fails and changes nothing.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...before, ...tables, ...move, ...readers, ...posting, ...guards]) {
    await sql.raw(statement).execute(db);
  }
}

const content = `count(*)::text || ' ' || coalesce(sum(amount_minor), 0) || ' '
  || coalesce(sum(debit_balance_minor), 0) || ' ' || coalesce(sum(credit_balance_minor), 0) || ' '
  || coalesce(sum(debit_version), 0) || ' ' || coalesce(sum(credit_version), 0) || ' '
  || coalesce(md5(string_agg(transfers.id::text || debit_account_id || credit_account_id || transaction_id
    || extract(epoch from posted_at), '' order by transfers.id)), '')`;

const before = [
  'drop view account_balances',
  'drop function post_transfer, post_sets, find_posted',
  'alter table transfers rename to moved_transfers',
  'alter table transfer_sets rename to moved_sets',
  ...['debit_version', 'credit_version', 'unguarded_debit', 'unguarded_credit'].map(
    (name) => `alter index transfers_by_${name} rename to moved_by_${name}`,
  ),
  'alter index transfers_pkey rename to moved_transfers_pkey',
  `do $$ begin
    if exists (select from moved_sets full join (
        select set_id, count(*) as legs from moved_transfers group by set_id) counted on set_id = moved_sets.id
      where cardinality(transfer_ids) is distinct from legs)
    then
      raise exception 'a set does not have the transfers that it names: nothing was changed';
    end if;
  end $$`,
];

const tables = [
  // What a reader of money needs comes first and has a fixed width. Provider reference and what is reversed stand
  // on the first transfer alone, so that their indexes have a set once.
  `create table transfers (
    id uuid primary key,
    set_id uuid not null,
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    amount_minor bigint not null,
    debit_balance_minor bigint,
    debit_version bigint,
    credit_balance_minor bigint,
    credit_version bigint,
    transaction_id xid8 not null default pg_current_xact_id(),
    posted_at timestamptz not null,
    leg smallint not null,
    legs smallint not null,
    currency text not null,
    kind text not null,
    cause_type text not null,
    cause_id text not null,
    authority_kind text not null,
    authority_reference text not null,
    authority_detail text,
    provider_reference text,
    reverses_set_id uuid
  )`,
];

const move = [
  `insert into transfers (id, set_id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor,
      debit_version, credit_balance_minor, credit_version, transaction_id, posted_at, leg, legs, currency, kind,
      cause_type, cause_id, authority_kind, authority_reference, authority_detail, provider_reference)
    select moved_transfers.id, transfer_ids[1], debit_account_id, credit_account_id, amount_minor,
      debit_balance_minor, debit_version, credit_balance_minor, credit_version, transaction_id,
      moved_transfers.posted_at, array_position(transfer_ids, moved_transfers.id), cardinality(transfer_ids),
      currency, kind, cause_type, cause_id, authority_kind, authority_reference, authority_detail,
      case when transfer_ids[1] = moved_transfers.id then provider_reference end
    from moved_transfers join moved_sets on moved_sets.id = set_id
    order by transaction_id, moved_transfers.id`,
  `do $$
  declare
    moved text := (select ${content} from moved_transfers transfers);
    arrived text := (select ${content} from transfers);
    moved_sets bigint := (select count(*) from moved_sets);
    arrived_sets bigint := (select count(*) from transfers where leg = 1);
  begin
    if moved <> arrived or moved_sets <> arrived_sets then
      raise exception 'the ledger did not arrive as it was: % and % sets became % and %: nothing was changed',
        moved, moved_sets, arrived, arrived_sets;
    end if;
  end $$`,
  'drop table moved_transfers, moved_sets',

  `create unique index transfers_by_debit_version on transfers (debit_account_id, debit_version)
    where debit_version is not null`,
  `create unique index transfers_by_credit_version on transfers (credit_account_id, credit_version)
    where credit_version is not null`,
  `create index transfers_by_unguarded_debit on transfers (debit_account_id, transaction_id, id)
    where debit_version is null`,
  `create index transfers_by_unguarded_credit on transfers (credit_account_id, transaction_id, id)
    where credit_version is null`,
  // The first transfer of a set is found by its own id, which is the set's.
  'create unique index transfers_by_set on transfers (set_id, leg) where leg > 1',
  `create unique index transfers_by_provider_reference on transfers (provider_reference)
    where provider_reference is not null`,
  `create unique index transfers_by_reversed_set on transfers (reverses_set_id)
    where reverses_set_id is not null`,
  `create index transfers_by_approval on transfers (authority_reference) where authority_kind = 'passkey'`,
];

const readers = [
  // The balance of every account as anybody reads it: stored where it is guarded, else summed.
  `create view account_balances as
    select id, purpose, owner_id, currency, guarded, case when guarded then balance_minor else
      (select coalesce(sum(amount_minor), 0) from transfers
        where credit_account_id = accounts.id and credit_version is null)
      - (select coalesce(sum(amount_minor), 0) from transfers
        where debit_account_id = accounts.id and debit_version is null) end as balance_minor
    from accounts`,
  // A set as one row, for whoever asks about sets and not about their money.
  `create view transfer_sets as
    select id, posted_at, kind, cause_type, cause_id, authority_kind, authority_reference, authority_detail,
      provider_reference, reverses_set_id,
      case when legs = 1 then array[id] else id || array(
        select later.id from transfers later where later.set_id = transfers.id and later.leg > 1 order by later.leg
      ) end as transfer_ids
    from transfers where leg = 1`,
];

const posting = [findPosted, judgeReversal, postSets, postTransfer];

const guards = [
  // As the trigger and the check constraint that go, for a sixth of a posting less: the condition of a trigger and a
  // constraint are parsed anew at every statement, and a trigger on each row fetches and locks the row once more. That
  // a balance stays within its bounds the functions vouch for, and an invariant looks.
  'drop trigger accounts_move_by_posting on accounts',
  'alter table accounts drop constraint accounts_balance_minor_check',
  `create function require_posting() returns trigger language plpgsql ${pinned} as $$
  begin
    if current_setting('errand_dash.posting', true) is distinct from 'yes' then
      raise exception '% on % is refused: it is written by post_sets alone', lower(tg_op), tg_table_name
        using errcode = 'insufficient_privilege';
    end if;
    return null;
  end $$`,
  `create trigger accounts_move_by_posting before insert or update on accounts
    for each statement execute function require_posting()`,
  `create trigger transfers_stay before update or delete or truncate on transfers
    for each statement execute function refuse_change()`,
  `revoke execute on function find_posted, judge_reversal, require_posting, post_sets, post_transfer from public`,
  'grant execute on function post_sets, post_transfer to errand_dash_application',
  'grant select on account_balances, transfer_sets, transfers to errand_dash_application',
];
