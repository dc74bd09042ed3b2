/** Every function of the ledger names its schemas, so that nobody can put a table of his own in between. */
export const pinned = 'set search_path = pg_catalog, public, pg_temp';

/**
 * For the functions that post. Without the second line a plan that was made while a table was small would read
 * the whole of it until the next ANALYZE, a minute into the first rush. `post_sets` also keeps its plans, which
 * it would otherwise make anew at each call for the arrays at hand.
 */
const posting = `security definer ${pinned}
    set enable_seqscan = off`;

/** The guard on `accounts` lets pass what is written between these two. */
const opened = `guard := set_config('errand_dash.posting', 'yes', true);`;
const closed = `guard := set_config('errand_dash.posting', 'no', true);`;

/**
 * Answers null where every set was posted, else an object of the answers that are not `posted`, by the position
 * of the set. Accounts come guarded first, and by id within; transfers name them by position. A run ends before
 * a set that repeats an id of the run: what a run posts is written before the next is judged.
 */
export const postSets = `create function post_sets(
    p_account_ids uuid[], p_guarded_count integer,
    p_purposes text[], p_owner_ids text[], p_currencies text[],
    p_set_ids uuid[], p_kinds text[], p_cause_types text[], p_cause_ids text[],
    p_authority_kinds text[], p_authority_references text[], p_authority_details text[],
    p_provider_references text[], p_posted_at timestamptz[], p_transfer_ends integer[], p_run_ends integer[],
    p_transfer_ids uuid[], p_debits integer[], p_credits integer[], p_amounts_minor bigint[]
  ) returns jsonb language plpgsql ${posting} set plan_cache_mode = force_generic_plan as $$
  declare
    ceiling constant bigint := 9007199254740991;
    answers jsonb;
    rule text;
    refused_account integer;
    needed bigint;
    is_known boolean;
    has_collision boolean;
    is_suspect boolean;
    outcomes text[];
    balances bigint[];
    versions bigint[];
    versions_before bigint[];
    set_positions integer[] := array_fill(null::integer, array[cardinality(p_transfer_ids)]);
    debit_balances bigint[] := array_fill(null::bigint, array[cardinality(p_transfer_ids)]);
    debit_versions bigint[] := debit_balances;
    credit_balances bigint[] := debit_balances;
    credit_versions bigint[] := debit_balances;
    run_first integer := 1;
    set_count integer := 0;
    transfer_count integer := 0;
    written integer;
    first integer := 1;
    last integer;
    done integer;
    debit integer;
    credit integer;
    amount bigint;
    guard text;
  begin
    ${opened}
    -- An account is opened before any is locked, or two callers could wait for each other.
    for attempt in 1 .. 2 loop
      select coalesce(array_agg(id), '{}') = p_account_ids and coalesce(array_agg(currency), '{}') = p_currencies
          and count(*) filter (where guarded) = p_guarded_count
        into is_known
        from (select id, currency, guarded from accounts where id = any(p_account_ids) order by guarded desc, id) known;
      exit when is_known;
      if attempt = 2 then
        raise exception 'an account is not what its id says';
      end if;
      perform open_accounts(p_account_ids, p_purposes, p_owner_ids, p_currencies, p_posted_at[1]);
    end loop;
    select array_agg(balance_minor), array_agg(version) into balances, versions from (
      select balance_minor, version from accounts
        where id = any(p_account_ids[1:p_guarded_count]) order by id for no key update) locked;
    versions_before := versions;
    has_collision := exists (select from transfer_sets where id = any(p_set_ids))
      or exists (select from transfers where id = any(p_transfer_ids))
      or exists (select from transfer_sets where provider_reference = any(p_provider_references));

    for s in 1 .. cardinality(p_set_ids) loop
      last := p_transfer_ends[s];
      rule := case when last < first then 'set_must_have_transfers'
        when last - first >= 1000 then 'too_many_transfers' end;
      is_suspect := false;
      done := first - 1;
      if rule is null then
        for t in first .. last loop
          debit := p_debits[t];
          credit := p_credits[t];
          amount := p_amounts_minor[t];
          if amount < 1 or amount > ceiling or debit = credit or p_currencies[debit] <> p_currencies[credit]
            or p_transfer_ids[t] = any(p_transfer_ids[first : t - 1])
          then
            rule := judge_transfers(p_transfer_ids[first:last], p_debits[first:last], p_credits[first:last],
              p_amounts_minor[first:last], p_currencies);
            exit;
          end if;
          set_positions[t] := s;
          if debit <= p_guarded_count then
            balances[debit] := balances[debit] - amount;
            versions[debit] := versions[debit] + 1;
            debit_balances[t] := balances[debit];
            debit_versions[t] := versions[debit];
            is_suspect := is_suspect or balances[debit] < 0;
          end if;
          if credit <= p_guarded_count then
            balances[credit] := balances[credit] + amount;
            versions[credit] := versions[credit] + 1;
            credit_balances[t] := balances[credit];
            credit_versions[t] := versions[credit];
            is_suspect := is_suspect or balances[credit] > ceiling;
          end if;
          done := t;
        end loop;
      end if;
      if rule is null and has_collision then
        rule := find_posted(p_set_ids[s], p_kinds[s], p_cause_types[s], p_cause_ids[s], p_authority_kinds[s],
          p_authority_references[s], p_authority_details[s], p_provider_references[s], p_transfer_ids[first:last],
          array(select p_account_ids[d] from unnest(p_debits[first:last]) d),
          array(select p_account_ids[c] from unnest(p_credits[first:last]) c), p_amounts_minor[first:last]);
      end if;
      refused_account := null;
      if rule is null and is_suspect then
        -- What counts is the net effect of the set on each account, not the order of its transfers.
        for t in first .. last loop
          if balances[p_debits[t]] < 0 then
            rule := 'balance_below_zero';
            refused_account := p_debits[t];
            exit;
          end if;
        end loop;
        for t in first .. last loop
          exit when rule is not null;
          if balances[p_credits[t]] > ceiling then
            rule := 'balance_too_large';
            refused_account := p_credits[t];
          end if;
        end loop;
      end if;

      outcomes[s] := coalesce(rule, 'posted');
      if rule is null then
        set_count := set_count + 1;
        transfer_count := transfer_count + last - first + 1;
      else
        needed := 0;
        for t in first .. done loop
          debit := p_debits[t];
          credit := p_credits[t];
          amount := p_amounts_minor[t];
          if debit <= p_guarded_count then
            balances[debit] := balances[debit] + amount;
            versions[debit] := versions[debit] - 1;
          end if;
          if credit <= p_guarded_count then
            balances[credit] := balances[credit] - amount;
            versions[credit] := versions[credit] - 1;
          end if;
          needed := needed + case refused_account when debit then amount when credit then -amount else 0 end;
        end loop;
        answers := coalesce(answers, '{}') || jsonb_build_object(s - 1, jsonb_build_object(
          'rule', rule, 'account', refused_account - 1,
          'balanceMinor', balances[refused_account]::text, 'neededMinor', abs(needed)::text));
      end if;
      first := last + 1;
      continue when s <> all(p_run_ends);

      insert into transfer_sets (id, posted_at, kind, cause_type, cause_id, authority_kind, authority_reference,
          authority_detail, provider_reference, transfer_ids)
        select id, posted_at, kind, cause_type, cause_id, authority_kind, authority_reference, authority_detail,
          provider_reference, p_transfer_ids[coalesce(p_transfer_ends[i - 1], 0) + 1 : p_transfer_ends[i]]
        from unnest(p_set_ids, p_posted_at, p_kinds, p_cause_types, p_cause_ids, p_authority_kinds,
            p_authority_references, p_authority_details, p_provider_references, outcomes) with ordinality
          as asked(id, posted_at, kind, cause_type, cause_id, authority_kind, authority_reference,
            authority_detail, provider_reference, outcome, i)
        where i between run_first and s and outcome = 'posted'
        on conflict do nothing;
      get diagnostics written = row_count;
      if written = 0 and set_count > 0 and run_first = 1 then
        -- Somebody else's commit came in between, and nothing is written here: judge again.
        return post_sets(p_account_ids, p_guarded_count, p_purposes, p_owner_ids, p_currencies, p_set_ids, p_kinds,
          p_cause_types, p_cause_ids, p_authority_kinds, p_authority_references, p_authority_details,
          p_provider_references, p_posted_at, p_transfer_ends, p_run_ends, p_transfer_ids, p_debits, p_credits,
          p_amounts_minor);
      elsif written <> set_count then
        raise exception 'somebody else posted one of these sets meanwhile' using errcode = 'serialization_failure';
      end if;
      insert into transfers (id, set_id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor,
          debit_version, credit_balance_minor, credit_version, posted_at, currency)
        select id, p_set_ids[s_position], p_account_ids[asked_debit], p_account_ids[asked_credit], amount_minor,
          debit_balance_minor, debit_version, credit_balance_minor, credit_version, p_posted_at[s_position],
          p_currencies[asked_debit]
        from unnest(p_transfer_ids, set_positions, p_debits, p_credits, p_amounts_minor, debit_balances,
            debit_versions, credit_balances, credit_versions)
          as asked(id, s_position, asked_debit, asked_credit, amount_minor, debit_balance_minor, debit_version,
            credit_balance_minor, credit_version)
        where s_position between run_first and s and outcomes[s_position] = 'posted'
        on conflict (id) do nothing;
      get diagnostics written = row_count;
      if written <> transfer_count then
        raise exception 'somebody else posted one of these transfers meanwhile' using errcode = 'serialization_failure';
      end if;
      run_first := s + 1;
      set_count := 0;
      transfer_count := 0;
      has_collision := true;
    end loop;

    for i in 1 .. p_guarded_count loop
      continue when versions[i] = versions_before[i];
      update accounts set balance_minor = balances[i], version = versions[i] where id = p_account_ids[i];
    end loop;
    ${closed}
    return answers;
  end $$`;

/**
 * One set of one transfer, four statements: take, give, and the two rows. It only knows how to succeed; whatever
 * stands in the way is undone and put before `post_sets`, which knows why. The lower account comes first.
 */
export const postTransfer = `create function post_transfer(
    p_set_id uuid, p_kind text, p_cause_type text, p_cause_id text,
    p_authority_kind text, p_authority_reference text, p_authority_detail text,
    p_provider_reference text, p_posted_at timestamptz, p_transfer_id uuid, p_amount_minor bigint, p_currency text,
    p_is_lower_debit boolean,
    p_lower_id uuid, p_lower_guarded boolean, p_lower_purpose text, p_lower_owner_id text,
    p_higher_id uuid, p_higher_guarded boolean, p_higher_purpose text, p_higher_owner_id text
  ) returns jsonb language plpgsql ${posting} as $$
  declare
    lower_change bigint := case when p_is_lower_debit then -p_amount_minor else p_amount_minor end;
    lower_balance bigint;
    lower_version bigint;
    higher_balance bigint;
    higher_version bigint;
    is_ready boolean := p_amount_minor between 1 and 9007199254740991 and p_lower_id < p_higher_id;
    guard text;
  begin
    ${opened}
    if is_ready and p_lower_guarded then
      update accounts set balance_minor = balance_minor + lower_change, version = version + 1
        where id = p_lower_id and guarded and currency = p_currency
          and balance_minor + lower_change between 0 and 9007199254740991
        returning balance_minor, version into lower_balance, lower_version;
      if not found then
        is_ready := open_account_with(
          p_lower_id, p_lower_purpose, p_lower_owner_id, p_currency, lower_change, p_posted_at);
        if is_ready then
          lower_balance := lower_change;
          lower_version := 1;
        end if;
      end if;
    elsif is_ready then
      perform from accounts where id = p_lower_id and not guarded and currency = p_currency;
      is_ready := found;
    end if;
    if is_ready and p_higher_guarded then
      update accounts set balance_minor = balance_minor - lower_change, version = version + 1
        where id = p_higher_id and guarded and currency = p_currency
          and balance_minor - lower_change between 0 and 9007199254740991
        returning balance_minor, version into higher_balance, higher_version;
      if not found then
        is_ready := open_account_with(
          p_higher_id, p_higher_purpose, p_higher_owner_id, p_currency, -lower_change, p_posted_at);
        if is_ready then
          higher_balance := -lower_change;
          higher_version := 1;
        end if;
      end if;
    elsif is_ready then
      perform from accounts where id = p_higher_id and not guarded and currency = p_currency;
      is_ready := found;
    end if;
    if is_ready then
      insert into transfer_sets (id, posted_at, kind, cause_type, cause_id, authority_kind, authority_reference,
          authority_detail, provider_reference, transfer_ids)
        select p_set_id, p_posted_at, p_kind, p_cause_type, p_cause_id, p_authority_kind, p_authority_reference,
          p_authority_detail, p_provider_reference, array[p_transfer_id]
        where not exists (select from transfers where id = p_transfer_id)
        on conflict do nothing;
      if found then
        insert into transfers (id, set_id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor,
            debit_version, credit_balance_minor, credit_version, posted_at, currency)
          values (p_transfer_id, p_set_id,
            case when p_is_lower_debit then p_lower_id else p_higher_id end,
            case when p_is_lower_debit then p_higher_id else p_lower_id end, p_amount_minor,
            case when p_is_lower_debit then lower_balance else higher_balance end,
            case when p_is_lower_debit then lower_version else higher_version end,
            case when p_is_lower_debit then higher_balance else lower_balance end,
            case when p_is_lower_debit then higher_version else lower_version end, p_posted_at, p_currency)
          on conflict (id) do nothing;
        if not found then
          raise exception 'somebody else posted this transfer meanwhile' using errcode = 'serialization_failure';
        end if;
        ${closed}
        return null;
      end if;
    end if;

    update accounts set balance_minor = balance_minor - lower_change, version = version - 1
      where id = p_lower_id and lower_version is not null;
    update accounts set balance_minor = balance_minor + lower_change, version = version - 1
      where id = p_higher_id and higher_version is not null;
    return (
      with named as (
        select array_agg(id order by guarded desc, id) as ids, array_agg(purpose order by guarded desc, id) as purposes,
          array_agg(owner_id order by guarded desc, id) as owner_ids, count(*) filter (where guarded) as guarded_count
        from (values (p_lower_id, p_lower_guarded, p_lower_purpose, p_lower_owner_id),
          (p_higher_id, p_higher_guarded, p_higher_purpose, p_higher_owner_id)
        ) as account(id, guarded, purpose, owner_id)
      )
      select post_sets(ids, guarded_count::integer, purposes, owner_ids, array[p_currency, p_currency],
          array[p_set_id], array[p_kind], array[p_cause_type], array[p_cause_id], array[p_authority_kind],
          array[p_authority_reference], array[p_authority_detail], array[p_provider_reference], array[p_posted_at],
          array[1], array[1], array[p_transfer_id],
          array[array_position(ids, case when p_is_lower_debit then p_lower_id else p_higher_id end)],
          array[array_position(ids, case when p_is_lower_debit then p_higher_id else p_lower_id end)],
          array[p_amount_minor])
        from named);
  end $$`;
