import { pinned } from './0002-ledger-posting.ts';

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

const columns = `id, set_id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor, debit_version,
          credit_balance_minor, credit_version, posted_at, leg, legs, currency, kind, cause_type, cause_id,
          authority_kind, authority_reference, authority_detail`;

/**
 * Null: nothing that is stored stands in the way. A set is known by its first transfer. The time of the command is
 * not content: a set that is posted again because its answer was lost is posted later.
 */
export const findPosted = `create function find_posted(
    p_kind text, p_cause_type text, p_cause_id text,
    p_authority_kind text, p_authority_reference text, p_authority_detail text, p_provider_reference text,
    p_reverses_set_id uuid, p_transfer_ids uuid[], p_debit_ids uuid[], p_credit_ids uuid[], p_amounts_minor bigint[]
  ) returns text language plpgsql ${pinned} set enable_hashjoin = off set enable_mergejoin = off as $$
  declare
    first transfers;
    is_same boolean;
  begin
    select * into first from transfers where id = p_transfer_ids[1];
    if found then
      is_same := (first.leg, first.legs, first.kind, first.cause_type, first.cause_id, first.authority_kind,
          first.authority_reference, first.authority_detail, first.provider_reference, first.reverses_set_id)
        is not distinct from (1, cardinality(p_transfer_ids), p_kind, p_cause_type, p_cause_id, p_authority_kind,
          p_authority_reference, p_authority_detail, p_provider_reference, p_reverses_set_id)
        and not exists (
          select from unnest(p_transfer_ids, p_debit_ids, p_credit_ids, p_amounts_minor) with ordinality
              as asked(id, debit_account_id, credit_account_id, amount_minor, leg)
            left join transfers posted on posted.id = asked.id
            where (posted.set_id, posted.leg, posted.debit_account_id, posted.credit_account_id, posted.amount_minor)
              is distinct from
              (first.id, asked.leg, asked.debit_account_id, asked.credit_account_id, asked.amount_minor));
      return case when is_same then 'replayed' else 'transfer_id_reused' end;
    elsif exists (select from transfers where id = any(p_transfer_ids)) then
      return 'transfer_id_reused';
    elsif exists (select from transfers where provider_reference = p_provider_reference) then
      return 'provider_reference_used';
    end if;
    return null;
  end $$`;

/**
 * Null: the set is what takes the other back, leg by leg and the last first, as one undoes things. A reversal stands
 * for good: to take back what it took back is a movement of its own.
 */
export const judgeReversal = `create function judge_reversal(
    p_reverses_set_id uuid, p_debit_ids uuid[], p_credit_ids uuid[], p_amounts_minor bigint[]
  ) returns text language plpgsql ${pinned} set enable_hashjoin = off set enable_mergejoin = off as $$
  declare
    reversed transfers;
    is_mirrored boolean;
  begin
    select * into reversed from transfers where id = p_reverses_set_id and leg = 1;
    if not found then
      return 'reversed_set_unknown';
    elsif reversed.reverses_set_id is not null then
      return 'reversal_must_not_be_reversed';
    elsif exists (select from transfers where reverses_set_id = p_reverses_set_id) then
      return 'reversed_set_already';
    end if;
    select (array_agg(credit_account_id order by leg desc), array_agg(debit_account_id order by leg desc),
        array_agg(amount_minor order by leg desc)) = (p_debit_ids, p_credit_ids, p_amounts_minor) into is_mirrored
      from transfers where id = p_reverses_set_id or (set_id = p_reverses_set_id and leg > 1);
    return case when not is_mirrored then 'reversal_must_mirror' end;
  end $$`;

/** Writes those transfers of a run that the condition on `leg` names. */
const writeRun = (legs: string, references: string, conflict: string) => `
        insert into transfers (${columns}, provider_reference, reverses_set_id)
          select id, p_transfer_ids[i - leg + 1], p_account_ids[asked_debit], p_account_ids[asked_credit], amount_minor,
            debit_balance_minor, debit_version, credit_balance_minor, credit_version, posted_at, leg,
            p_transfer_ends[s_position] - i + leg, p_currencies[asked_debit], kind, cause_type, cause_id,
            authority_kind, authority_reference, authority_detail, ${references}
          from unnest(p_transfer_ids, set_positions, set_legs, p_debits, p_credits, p_amounts_minor, debit_balances,
              debit_versions, credit_balances, credit_versions, p_posted_at, p_kinds, p_cause_types, p_cause_ids,
              p_authority_kinds, p_authority_references, p_authority_details, p_provider_references,
              p_reverses_set_ids) with ordinality
            as asked(id, s_position, leg, asked_debit, asked_credit, amount_minor, debit_balance_minor,
              debit_version, credit_balance_minor, credit_version, posted_at, kind, cause_type, cause_id,
              authority_kind, authority_reference, authority_detail, reference, reverses, i)
          where s_position between run_first and s and is_posted[s_position]${legs}
          on conflict ${conflict} do nothing;
        get diagnostics written = row_count;`;

/**
 * Answers null where every set was posted, else an object of the answers that are not `posted`, by the position
 * of the set. Accounts come guarded first, and by id within; transfers name them by position, and each says what
 * its set says. A run ends before a set that repeats an id of the run: what a run posts is written before the
 * next is judged. What sets count against limits is null where none does; the functions for it come with the counters
 * in a later migration.
 */
export const postSets = `create function post_sets(
    p_account_ids uuid[], p_guarded_count integer,
    p_purposes text[], p_owner_ids text[], p_currencies text[],
    p_transfer_ends integer[], p_run_ends integer[],
    p_transfer_ids uuid[], p_debits integer[], p_credits integer[], p_amounts_minor bigint[],
    p_posted_at timestamptz[], p_kinds text[], p_cause_types text[], p_cause_ids text[],
    p_authority_kinds text[], p_authority_references text[], p_authority_details text[],
    p_provider_references text[], p_reverses_set_ids uuid[], p_counts jsonb
  ) returns jsonb language plpgsql ${posting} set plan_cache_mode = force_generic_plan as $$
  declare
    ceiling constant bigint := 9007199254740991;
    answers jsonb;
    rule text;
    refused_account integer;
    refused_limit jsonb;
    needed bigint;
    is_known boolean;
    has_collision boolean;
    has_references boolean := array_remove(p_provider_references, null) <> '{}'
      or array_remove(p_reverses_set_ids, null) <> '{}';
    is_suspect boolean;
    is_posted boolean[];
    balances bigint[];
    versions bigint[];
    versions_before bigint[];
    set_positions integer[] := array_fill(null::integer, array[cardinality(p_transfer_ids)]);
    set_legs integer[] := set_positions;
    debit_balances bigint[] := array_fill(null::bigint, array[cardinality(p_transfer_ids)]);
    debit_versions bigint[] := debit_balances;
    credit_balances bigint[] := debit_balances;
    credit_versions bigint[] := debit_balances;
    run_first integer := 1;
    first_count integer := 0;
    later_count integer := 0;
    written integer;
    missing integer;
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
    if p_counts is not null then
      perform lock_limits(p_counts, p_transfer_ends, p_posted_at);
    end if;
    has_collision := exists (select from transfers where id = any(p_transfer_ids))
      or (has_references and exists (select from transfers where provider_reference = any(p_provider_references)));

    for s in 1 .. cardinality(p_transfer_ends) loop
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
          set_legs[t] := t - first + 1;
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
        rule := find_posted(p_kinds[first], p_cause_types[first], p_cause_ids[first], p_authority_kinds[first],
          p_authority_references[first], p_authority_details[first], p_provider_references[first],
          p_reverses_set_ids[first], p_transfer_ids[first:last],
          array(select p_account_ids[d] from unnest(p_debits[first:last]) d),
          array(select p_account_ids[c] from unnest(p_credits[first:last]) c), p_amounts_minor[first:last]);
      end if;
      if rule is null and p_reverses_set_ids[first] is not null then
        rule := judge_reversal(p_reverses_set_ids[first],
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

      refused_limit := null;
      if rule is null and p_counts is not null then
        refused_limit := count_limits(s, p_transfer_ids[first], p_posted_at[first], p_counts);
        rule := case when refused_limit is not null then 'limit_exceeded' end;
      end if;

      is_posted[s] := rule is null;
      if rule is null then
        first_count := first_count + 1;
        later_count := later_count + last - first;
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
          'rule', rule, 'limit', refused_limit, 'account', refused_account - 1,
          'balanceMinor', balances[refused_account]::text, 'neededMinor', abs(needed)::text));
      end if;
      first := last + 1;
      continue when s <> all(p_run_ends);

      -- To ask every unique index costs more, and where a reference is taken nothing else may be written.
      if has_references then
        ${writeRun(' and leg = 1', 'reference, reverses', '')}
        missing := first_count - written;
      else
        ${writeRun('', 'null, null', '(id)')}
        missing := first_count + later_count - written;
        later_count := 0;
      end if;
      if written = 0 and missing > 0 and run_first = 1 and p_counts is null then
        -- Somebody else's commit came in between, and nothing is written here: judge again.
        return post_sets(p_account_ids, p_guarded_count, p_purposes, p_owner_ids, p_currencies, p_transfer_ends,
          p_run_ends, p_transfer_ids, p_debits, p_credits, p_amounts_minor, p_posted_at, p_kinds, p_cause_types,
          p_cause_ids, p_authority_kinds, p_authority_references, p_authority_details, p_provider_references,
          p_reverses_set_ids, null);
      end if;
      if missing = 0 and later_count > 0 then
        ${writeRun(' and leg > 1', 'null, null', '(id)')}
        missing := later_count - written;
      end if;
      if missing > 0 then
        raise exception 'somebody else posted one of these sets meanwhile' using errcode = 'serialization_failure';
      end if;
      run_first := s + 1;
      first_count := 0;
      later_count := 0;
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
 * One set of one transfer without a provider reference, three statements: take, give, and the row. It only knows
 * how to succeed; whatever stands in the way is undone and put before `post_sets`, which knows why. The lower
 * account comes first, and loses the amount where the change is below zero.
 */
export const postTransfer = `create function post_transfer(
    p_id uuid, p_posted_at timestamptz, p_kind text, p_cause_type text, p_cause_id text,
    p_authority_kind text, p_authority_reference text, p_authority_detail text,
    p_lower_change_minor bigint, p_currency text,
    p_lower_id uuid, p_lower_guarded boolean, p_lower_purpose text, p_lower_owner_id text,
    p_higher_id uuid, p_higher_guarded boolean, p_higher_purpose text, p_higher_owner_id text
  ) returns jsonb language plpgsql ${posting} as $$
  declare
    lower_balance bigint;
    lower_version bigint;
    higher_balance bigint;
    higher_version bigint;
    is_ready boolean;
    guard text;
  begin
    ${opened}
    if p_lower_guarded then
      update accounts set balance_minor = balance_minor + p_lower_change_minor, version = version + 1
        where id = p_lower_id and guarded and currency = p_currency and p_lower_id < p_higher_id
          and balance_minor + p_lower_change_minor between 0 and 9007199254740991
        returning balance_minor, version into lower_balance, lower_version;
      is_ready := found;
      if not is_ready and p_lower_id < p_higher_id and open_account_with(
        p_lower_id, p_lower_purpose, p_lower_owner_id, p_currency, p_lower_change_minor, p_posted_at)
      then
        is_ready := true;
        lower_balance := p_lower_change_minor;
        lower_version := 1;
      end if;
    else
      perform from accounts
        where id = p_lower_id and not guarded and currency = p_currency and p_lower_id < p_higher_id;
      is_ready := found;
    end if;
    if not is_ready then
      null;
    elsif p_higher_guarded then
      update accounts set balance_minor = balance_minor - p_lower_change_minor, version = version + 1
        where id = p_higher_id and guarded and currency = p_currency
          and balance_minor - p_lower_change_minor between 0 and 9007199254740991
        returning balance_minor, version into higher_balance, higher_version;
      is_ready := found;
      if not is_ready and open_account_with(
        p_higher_id, p_higher_purpose, p_higher_owner_id, p_currency, -p_lower_change_minor, p_posted_at)
      then
        is_ready := true;
        higher_balance := -p_lower_change_minor;
        higher_version := 1;
      end if;
    else
      perform from accounts where id = p_higher_id and not guarded and currency = p_currency;
      is_ready := found;
    end if;
    if is_ready then
      insert into transfers (${columns})
        select p_id, p_id, case when p_lower_change_minor < 0 then p_lower_id else p_higher_id end,
          case when p_lower_change_minor < 0 then p_higher_id else p_lower_id end, abs(p_lower_change_minor),
          case when p_lower_change_minor < 0 then lower_balance else higher_balance end,
          case when p_lower_change_minor < 0 then lower_version else higher_version end,
          case when p_lower_change_minor < 0 then higher_balance else lower_balance end,
          case when p_lower_change_minor < 0 then higher_version else lower_version end,
          p_posted_at, 1, 1, p_currency, p_kind, p_cause_type, p_cause_id,
          p_authority_kind, p_authority_reference, p_authority_detail
        where abs(p_lower_change_minor) between 1 and 9007199254740991
        on conflict (id) do nothing;
      if found then
        ${closed}
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
