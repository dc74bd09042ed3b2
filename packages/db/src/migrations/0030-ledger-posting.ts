import { type Kysely, sql } from 'kysely';

/**
 * What one transfer costs, less again: `post_transfer` has no settings of its own, which cost it a tenth, and takes the
 * short way in fewer steps. So it and what it calls name the schema of all that they touch: whoever calls them may have
 * set another search path. A plan made while `accounts` had a page or two may read it whole until its next ANALYZE.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Within what posts the rights are its owner's, while it was the application that logged in.
const requirePosting = `create or replace function require_posting() returns trigger language plpgsql as $$
  begin
    if current_user operator(pg_catalog.=) session_user then
      raise exception '% on % is refused: it is written by post_sets alone', pg_catalog.lower(tg_op), tg_table_name
        using errcode = 'insufficient_privilege',
          hint = 'Whoever posts is logged in as the application and not as the owner of the tables.';
    end if;
    return null;
  end $$`;

const openAccountWith = `create or replace function open_account_with(
    p_id uuid, p_purpose text, p_owner_id text, p_currency text, p_balance_minor bigint, p_opened_at timestamptz
  ) returns boolean language plpgsql as $$
  declare
    digest pg_catalog.bytea;
  begin
    if p_balance_minor < 1 then
      return false;
    end if;
    -- As account_id_of, which hashes the name once for each of its bytes that it sets.
    digest := sha256(convert_to(p_purpose || ' ' || coalesce(p_owner_id, '') || ' ' || p_currency, 'UTF8'));
    digest := set_byte(set_byte(substring(digest for 16), 6, get_byte(digest, 6) & 15 | 128),
      8, get_byte(digest, 8) & 63 | 128);
    insert into public.accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select p_id, p_balance_minor, 1, true, purpose, p_owner_id, p_currency, p_opened_at
      from public.account_purposes
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
 * One set of one transfer without a provider reference, three statements: take, give, and the row. The lower account
 * comes first, and loses the amount where the change is below zero. The short way only knows how to succeed; whatever
 * stands in it is undone and put before `post_sets`, which knows why. A side `is_new` where its owner has no other
 * account: the first credit is then most likely the only one.
 */
const postTransfer = `create or replace function post_transfer(
    p_id uuid, p_posted_at timestamptz, p_kind text, p_cause_type text, p_cause_id text,
    p_authority_kind text, p_authority_reference text, p_authority_detail text,
    p_lower_change_minor bigint, p_currency text,
    p_lower_id uuid, p_lower_guarded boolean, p_lower_is_new boolean, p_lower_purpose text, p_lower_owner_id text,
    p_higher_id uuid, p_higher_guarded boolean, p_higher_is_new boolean, p_higher_purpose text, p_higher_owner_id text
  ) returns jsonb language plpgsql security definer as $$
  declare
    lower_balance bigint;
    lower_version bigint;
    higher_balance bigint;
    higher_version bigint;
  begin
    <<short_way>>
    begin
      exit short_way when p_lower_id >= p_higher_id or p_lower_change_minor = 0
        or p_lower_change_minor not between -9007199254740991 and 9007199254740991;
      ${moveSide('lower', 'p_lower_change_minor')}
      ${moveSide('higher', '-p_lower_change_minor')}
      if p_lower_change_minor < 0 then
        insert into public.transfers (${columns})
          values (p_id, p_id, p_lower_id, p_higher_id, -p_lower_change_minor, lower_balance, lower_version,
            higher_balance, higher_version, ${ofSet})
          on conflict (id) do nothing;
      else
        insert into public.transfers (${columns})
          values (p_id, p_id, p_higher_id, p_lower_id, p_lower_change_minor, higher_balance, higher_version,
            lower_balance, lower_version, ${ofSet})
          on conflict (id) do nothing;
      end if;
      if found then
        return null;
      end if;
    end;

    update public.accounts set balance_minor = balance_minor - p_lower_change_minor, version = version - 1
      where id = p_lower_id and lower_version is not null;
    update public.accounts set balance_minor = balance_minor + p_lower_change_minor, version = version - 1
      where id = p_higher_id and higher_version is not null;
    return (
      with named as (
        select array_agg(id order by guarded desc, id) as ids, array_agg(purpose order by guarded desc, id) as purposes,
          array_agg(owner_id order by guarded desc, id) as owner_ids,
          count(*) filter (where guarded) as guarded_count
        from (values (p_lower_id, p_lower_guarded, p_lower_purpose, p_lower_owner_id),
          (p_higher_id, p_higher_guarded, p_higher_purpose, p_higher_owner_id)
        ) as account(id, guarded, purpose, owner_id)
      )
      select public.post_sets(ids, guarded_count::integer, purposes, owner_ids, array[p_currency, p_currency],
          '{1}', '{1}', array[p_id],
          array[array_position(ids, case when p_lower_change_minor < 0 then p_lower_id else p_higher_id end)],
          array[array_position(ids, case when p_lower_change_minor < 0 then p_higher_id else p_lower_id end)],
          array[abs(p_lower_change_minor)], array[p_posted_at], array[p_kind], array[p_cause_type],
          array[p_cause_id], array[p_authority_kind], array[p_authority_reference], array[p_authority_detail],
          '{NULL}', '{NULL}', null)
        from named);
  end $$`;

/** Moves the balance of one side, or opens the account with it, or leaves the short way. */
function moveSide(side: 'lower' | 'higher', changeMinor: string): string {
  const open = `public.open_account_with(p_${side}_id, p_${side}_purpose, p_${side}_owner_id, p_currency,
          ${changeMinor}, p_posted_at)`;
  return `if p_${side}_is_new and p_${side}_guarded and ${open} then
        ${side}_balance := ${changeMinor};
        ${side}_version := 1;
      elsif p_${side}_guarded then
        update public.accounts set balance_minor = balance_minor + (${changeMinor}), version = version + 1
          where id = p_${side}_id and guarded and currency = p_currency
            and balance_minor + (${changeMinor}) between 0 and 9007199254740991
          returning balance_minor, version into ${side}_balance, ${side}_version;
        if not found then
          exit short_way when not ${open};
          ${side}_balance := ${changeMinor};
          ${side}_version := 1;
        end if;
      else
        perform from public.accounts where id = p_${side}_id and not guarded and currency = p_currency;
        exit short_way when not found;
      end if;`;
}

const statements = [requirePosting, openAccountWith, postTransfer];
