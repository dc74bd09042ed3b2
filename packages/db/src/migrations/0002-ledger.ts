import { type Kysely, sql } from 'kysely';
import { pinned, postSets, postTransfer } from './0002-ledger-posting.ts';

/**
 * Accounts, sets of transfers, transfers, and the two functions that alone write them: `post_sets`, which knows
 * every rule, and `post_transfer`, its short cut for the one transfer that most calls are.
 *
 * What is left out is left out for speed, measured: a check constraint is parsed anew at every statement, and a
 * foreign key locks the row it points to, which for a fees account would be the hottest of all. The functions
 * vouch for what those would, and the invariants look whether they did.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...tables, ...helpers, postSets, postTransfer, ...guards]) {
    await sql.raw(statement).execute(db);
  }
}

const tables = [
  `create table account_purposes (
    purpose text primary key,
    guarded boolean not null,
    has_owner boolean not null
  )`,
  `insert into account_purposes (purpose, guarded, has_owner) values
    ('available', true, true), ('frozen', true, true), ('held', true, true), ('payout', true, true),
    ('claim', true, true), ('float', false, true), ('unsettled', false, true), ('fees', false, false),
    ('provider_fees', false, false), ('fee_margin', false, false), ('suspense', false, false),
    ('adjustments', false, false), ('receivable', false, true)`,

  // Half of each page is free, so that a new balance is written beside the old one and no index is touched.
  // Balance and version are null where nothing guards the account: it is summed.
  // The ceiling is what an amount on the wire can say.
  `create table accounts (
    id uuid primary key,
    balance_minor bigint check (balance_minor between 0 and 9007199254740991),
    version bigint,
    guarded boolean not null,
    purpose text not null,
    owner_id text,
    currency text not null,
    opened_at timestamptz not null
  ) with (fillfactor = 50)`,

  `create table transfer_sets (
    id uuid primary key,
    posted_at timestamptz not null,
    kind text not null,
    cause_type text not null,
    cause_id text not null,
    authority_kind text not null,
    authority_reference text not null,
    authority_detail text,
    provider_reference text,
    transfer_ids uuid[] not null
  )`,
  `create unique index transfer_sets_by_provider_reference on transfer_sets (provider_reference)
    where provider_reference is not null`,

  // The writing transaction stands on each row, so that a fold or a seal takes only what none that still runs
  // can precede. A guarded account is read in the order of its versions, any other in that of transactions.
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
    currency text not null
  )`,
  `create unique index transfers_by_debit_version on transfers (debit_account_id, debit_version)
    where debit_version is not null`,
  `create unique index transfers_by_credit_version on transfers (credit_account_id, credit_version)
    where credit_version is not null`,
  `create index transfers_by_unguarded_debit on transfers (debit_account_id, transaction_id, id)
    where debit_version is null`,
  `create index transfers_by_unguarded_credit on transfers (credit_account_id, transaction_id, id)
    where credit_version is null`,

  // The balance of every account as anybody reads it: stored where it is guarded, else summed.
  `create view account_balances as
    select id, purpose, owner_id, currency, guarded, case when guarded then balance_minor else
      (select coalesce(sum(amount_minor), 0) from transfers
        where credit_account_id = accounts.id and credit_version is null)
      - (select coalesce(sum(amount_minor), 0) from transfers
        where debit_account_id = accounts.id and debit_version is null) end as balance_minor
    from accounts`,
];

const nameDigest = `sha256(convert_to(p_purpose || ' ' || coalesce(p_owner_id, '') || ' ' || p_currency, 'UTF8'))`;

const helpers = [
  // One expression and no schema of its own, so that the planner puts it in the place of the call.
  `create function account_id_of(p_purpose text, p_owner_id text, p_currency text) returns uuid
    language sql immutable as $$
    select encode(set_byte(set_byte(substring(${nameDigest} for 16),
      6, get_byte(${nameDigest}, 6) & 15 | 128), 8, get_byte(${nameDigest}, 8) & 63 | 128), 'hex')::uuid
  $$`,

  // In the order of the ids: two that open the same accounts wait for each other in one direction only.
  `create function open_accounts(
    p_ids uuid[], p_purposes text[], p_owner_ids text[], p_currencies text[], p_opened_at timestamptz
  ) returns void language plpgsql ${pinned} as $$
  begin
    if exists (
      select from unnest(p_ids, p_purposes, p_owner_ids, p_currencies) as named(id, purpose, owner_id, currency)
        left join account_purposes known on known.purpose = named.purpose
        where known.purpose is null or known.has_owner <> (named.owner_id is not null)
          or named.currency !~ '^[A-Z]{3}$' or named.id <> account_id_of(named.purpose, named.owner_id, named.currency)
    ) then
      raise exception 'an account is not what its id says';
    end if;
    insert into accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select named.id, case when known.guarded then 0 end, case when known.guarded then 0 end, known.guarded,
        named.purpose, named.owner_id, named.currency, p_opened_at
      from unnest(p_ids, p_purposes, p_owner_ids, p_currencies) as named(id, purpose, owner_id, currency)
      join account_purposes known on known.purpose = named.purpose
      order by named.id
      on conflict (id) do nothing;
  end $$`,

  // Opens a guarded account with its first credit in it. False: it is there already, or it is none.
  `create function open_account_with(
    p_id uuid, p_purpose text, p_owner_id text, p_currency text, p_balance_minor bigint, p_opened_at timestamptz
  ) returns boolean language plpgsql ${pinned} as $$
  begin
    if p_balance_minor < 1 then
      return false;
    end if;
    insert into accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select p_id, p_balance_minor, 1, true, purpose, p_owner_id, p_currency, p_opened_at
      from account_purposes
      where purpose = p_purpose and guarded and has_owner = (p_owner_id is not null)
        and p_currency ~ '^[A-Z]{3}$' and p_id = account_id_of(p_purpose, p_owner_id, p_currency)
      on conflict (id) do nothing;
    return found;
  end $$`,

  // The rules that need nothing stored, in their order. Null where the transfers keep all of them.
  `create function judge_transfers(
    p_ids uuid[], p_debits integer[], p_credits integer[], p_amounts_minor bigint[], p_currencies text[]
  ) returns text language sql immutable ${pinned} as $$
    select case
      when bool_or(amount_minor < 1) then 'amount_must_be_positive'
      when bool_or(amount_minor > 9007199254740991) then 'amount_too_large'
      when bool_or(debit = credit) then 'accounts_must_be_different'
      when bool_or(p_currencies[debit] <> p_currencies[credit]) then 'currencies_must_agree'
      when count(distinct id) < count(*) then 'transfer_ids_must_be_different'
    end
    from unnest(p_ids, p_debits, p_credits, p_amounts_minor) as asked(id, debit, credit, amount_minor)
  $$`,

  // Null: nothing that is stored stands in the way. The time of the command is not content: a set that is
  // posted again because its answer was lost is posted later.
  `create function find_posted(
    p_set_id uuid, p_kind text, p_cause_type text, p_cause_id text,
    p_authority_kind text, p_authority_reference text, p_authority_detail text, p_provider_reference text,
    p_transfer_ids uuid[], p_debit_ids uuid[], p_credit_ids uuid[], p_amounts_minor bigint[]
  ) returns text language plpgsql ${pinned} set enable_hashjoin = off set enable_mergejoin = off as $$
  declare
    stored transfer_sets;
  begin
    select * into stored from transfer_sets where id = p_set_id;
    if found then
      if (stored.kind, stored.cause_type, stored.cause_id, stored.authority_kind, stored.authority_reference,
          stored.authority_detail, stored.provider_reference, stored.transfer_ids)
        is not distinct from (p_kind, p_cause_type, p_cause_id, p_authority_kind, p_authority_reference,
          p_authority_detail, p_provider_reference, p_transfer_ids)
        and not exists (
          select from unnest(p_transfer_ids, p_debit_ids, p_credit_ids, p_amounts_minor)
              as asked(id, debit_account_id, credit_account_id, amount_minor)
            join transfers posted on posted.id = asked.id
            where (posted.debit_account_id, posted.credit_account_id, posted.amount_minor)
              is distinct from (asked.debit_account_id, asked.credit_account_id, asked.amount_minor))
      then
        return 'replayed';
      end if;
      return 'set_id_reused';
    elsif exists (select from transfers where id = any(p_transfer_ids)) then
      return 'transfer_id_reused';
    elsif exists (select from transfer_sets where provider_reference = p_provider_reference) then
      return 'provider_reference_used';
    end if;
    return null;
  end $$`,
];

const guards = [
  // The balance of an account is moved by the functions alone, even for the owner of the table.
  `create function refuse_change() returns trigger language plpgsql ${pinned} as $$
  begin
    raise exception '% on % is refused: the ledger is only added to, by post_sets', lower(tg_op), tg_table_name
      using errcode = 'insufficient_privilege';
  end $$`,
  `create trigger accounts_move_by_posting before insert or update on accounts for each row
    when (current_setting('errand_dash.posting', true) is distinct from 'yes') execute function refuse_change()`,
  `create trigger accounts_stay before delete or truncate on accounts
    for each statement execute function refuse_change()`,
  `create trigger transfer_sets_stay before update or delete or truncate on transfer_sets
    for each statement execute function refuse_change()`,
  `create trigger transfers_stay before update or delete or truncate on transfers
    for each statement execute function refuse_change()`,
  `create trigger account_purposes_stay before update or delete or truncate on account_purposes
    for each statement execute function refuse_change()`,

  'revoke create on schema public from public',
  `revoke execute on function account_id_of, open_accounts, open_account_with, judge_transfers, find_posted, post_sets,
    post_transfer, refuse_change from public`,
  'grant execute on function account_id_of, post_sets, post_transfer to errand_dash_application',
  'grant select on account_purposes, accounts, account_balances, transfer_sets, transfers to errand_dash_application',
];
