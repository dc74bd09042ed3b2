import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';
import { postSets } from './0009-ledger-posting.ts';

/**
 * What one transfer costs, less. Nothing that was refused before is taken now:
 *
 * - The guard on balances knows the functions that post by what they run with anyway, and no longer by a setting
 *   that each of them makes and takes back.
 * - A side of a transfer has one index and not one for guarded accounts beside one for the others, each with a
 *   condition to prepare and judge at every row. That no two transfers have the same version of an account is vouched
 *   for by the lock on the account, and an invariant looks.
 * - An account that only one cause has, as the escrow's, is opened by its first credit without being looked for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** The settings of a function that posts. Without the second line a plan made while a table was small reads all of it. */
const posting = `security definer ${pinned}
    set enable_seqscan = off`;

// Without settings of its own, which would hide those of its caller.
const requirePosting = `create or replace function require_posting() returns trigger language plpgsql as $$
  begin
    if pg_catalog.current_setting('search_path') operator(pg_catalog.<>) 'pg_catalog, public, pg_temp' then
      raise exception '% on % is refused: it is written by post_sets alone', lower(tg_op), tg_table_name
        using errcode = 'insufficient_privilege';
    end if;
    return null;
  end $$`;

/** As it was, without what told the guard. */
const postSetsUntold = postSets.replaceAll(/^ *guard( text|.*set_config.*);\n/gm, '');

const openAccountWith = `create or replace function open_account_with(
    p_id uuid, p_purpose text, p_owner_id text, p_currency text, p_balance_minor bigint, p_opened_at timestamptz
  ) returns boolean language plpgsql ${pinned} as $$
  declare
    digest bytea;
  begin
    if p_balance_minor < 1 then
      return false;
    end if;
    -- As account_id_of, which hashes the name once for each of its bytes that it sets.
    digest := sha256(convert_to(p_purpose || ' ' || coalesce(p_owner_id, '') || ' ' || p_currency, 'UTF8'));
    digest := set_byte(set_byte(substring(digest for 16), 6, get_byte(digest, 6) & 15 | 128),
      8, get_byte(digest, 8) & 63 | 128);
    insert into accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select p_id, p_balance_minor, 1, true, purpose, p_owner_id, p_currency, p_opened_at
      from account_purposes
      where purpose = p_purpose and guarded and has_owner = (p_owner_id is not null)
        and p_currency ~ '^[A-Z]{3}$' and uuid_send(p_id) = digest
      on conflict (id) do nothing;
    return found;
  end $$`;

const columns = `id, set_id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor, debit_version,
            credit_balance_minor, credit_version, posted_at, leg, legs, currency, kind, cause_type, cause_id,
            authority_kind, authority_reference, authority_detail`;
const ofSet = `p_posted_at, 1, 1, p_currency, p_kind, p_cause_type, p_cause_id, p_authority_kind, p_authority_reference,
            p_authority_detail`;

/**
 * One set of one transfer without a provider reference, three statements: take, give, and the row. It only knows
 * how to succeed; whatever stands in the way is undone and put before `post_sets`, which knows why. The lower
 * account comes first, and loses the amount where the change is below zero. A side `is_new` where its owner has no
 * other account: the first credit is then most likely the only one.
 */
const postTransfer = `create function post_transfer(
    p_id uuid, p_posted_at timestamptz, p_kind text, p_cause_type text, p_cause_id text,
    p_authority_kind text, p_authority_reference text, p_authority_detail text,
    p_lower_change_minor bigint, p_currency text,
    p_lower_id uuid, p_lower_guarded boolean, p_lower_is_new boolean, p_lower_purpose text, p_lower_owner_id text,
    p_higher_id uuid, p_higher_guarded boolean, p_higher_is_new boolean, p_higher_purpose text, p_higher_owner_id text
  ) returns jsonb language plpgsql ${posting} as $$
  declare
    lower_balance bigint;
    lower_version bigint;
    higher_balance bigint;
    higher_version bigint;
    is_ready boolean := p_lower_id < p_higher_id and p_lower_change_minor <> 0
      and abs(p_lower_change_minor) <= 9007199254740991;
  begin
    if is_ready then
      ${moveSide('lower', 'p_lower_change_minor')}
    end if;
    if is_ready then
      ${moveSide('higher', '-p_lower_change_minor')}
    end if;
    if is_ready then
      if p_lower_change_minor < 0 then
        insert into transfers (${columns})
          values (p_id, p_id, p_lower_id, p_higher_id, -p_lower_change_minor, lower_balance, lower_version,
            higher_balance, higher_version, ${ofSet})
          on conflict (id) do nothing;
      else
        insert into transfers (${columns})
          values (p_id, p_id, p_higher_id, p_lower_id, p_lower_change_minor, higher_balance, higher_version,
            lower_balance, lower_version, ${ofSet})
          on conflict (id) do nothing;
      end if;
      if found then
        return null;
      end if;
    end if;

    update accounts set balance_minor = balance_minor - p_lower_change_minor, version = version - 1
      where id = p_lower_id and lower_version is not null;
    update accounts set balance_minor = balance_minor + p_lower_change_minor, version = version - 1
      where id = p_higher_id and higher_version is not null;
    return (
      with named as (
        select array_agg(id order by guarded desc, id) as ids, array_agg(purpose order by guarded desc, id) as purposes,
          array_agg(owner_id order by guarded desc, id) as owner_ids, count(*) filter (where guarded) as guarded_count
        from (values (p_lower_id, p_lower_guarded, p_lower_purpose, p_lower_owner_id),
          (p_higher_id, p_higher_guarded, p_higher_purpose, p_higher_owner_id)
        ) as account(id, guarded, purpose, owner_id)
      )
      select post_sets(ids, guarded_count::integer, purposes, owner_ids, array[p_currency, p_currency], array[1],
          array[1], array[p_id],
          array[array_position(ids, case when p_lower_change_minor < 0 then p_lower_id else p_higher_id end)],
          array[array_position(ids, case when p_lower_change_minor < 0 then p_higher_id else p_lower_id end)],
          array[abs(p_lower_change_minor)], array[p_posted_at], array[p_kind], array[p_cause_type],
          array[p_cause_id], array[p_authority_kind], array[p_authority_reference], array[p_authority_detail],
          array[null::text], array[null::uuid], null)
        from named);
  end $$`;

/** Moves the balance of one side, or opens the account with it, and says whether that could be done. */
function moveSide(side: 'lower' | 'higher', changeMinor: string): string {
  const open = `open_account_with(p_${side}_id, p_${side}_purpose, p_${side}_owner_id, p_currency, ${changeMinor},
          p_posted_at)`;
  return `if not p_${side}_guarded then
        perform from accounts where id = p_${side}_id and not guarded and currency = p_currency;
        is_ready := found;
      elsif p_${side}_is_new and ${open} then
        ${side}_balance := ${changeMinor};
        ${side}_version := 1;
      else
        update accounts set balance_minor = balance_minor + (${changeMinor}), version = version + 1
          where id = p_${side}_id and guarded and currency = p_currency
            and balance_minor + (${changeMinor}) between 0 and 9007199254740991
          returning balance_minor, version into ${side}_balance, ${side}_version;
        if not found then
          is_ready := ${open};
          ${side}_balance := ${changeMinor};
          ${side}_version := case when is_ready then 1 end;
        end if;
      end if;`;
}

const statements = [
  'drop function post_transfer, post_sets',
  requirePosting,
  openAccountWith,
  postSetsUntold,
  postTransfer,
  'revoke execute on function post_sets, post_transfer from public',
  'grant execute on function post_sets, post_transfer to errand_dash_application',

  `drop index transfers_by_debit_version, transfers_by_credit_version, transfers_by_unguarded_debit,
    transfers_by_unguarded_credit`,
  'create index transfers_by_debit on transfers (debit_account_id, debit_version, transaction_id, id)',
  'create index transfers_by_credit on transfers (credit_account_id, credit_version, transaction_id, id)',
];
