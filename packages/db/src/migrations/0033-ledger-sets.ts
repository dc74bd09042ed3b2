import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';

/**
 * `post_sets` as a whole, as earlier migrations have made it, and two things better: a set is refused where a balance
 * that it leaves in between is more than an amount can say, since no such line can be read or sealed; and where an
 * account is not what its id says, the account is named.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [openAccounts, refuseAccounts, postSets, ...rights])
    await sql.raw(statement).execute(db);
}

// In the order of the ids: two that open the same accounts wait for each other in one direction only.
const openAccounts = `create or replace function open_accounts(
    p_ids uuid[], p_purposes text[], p_owner_ids text[], p_currencies text[], p_opened_at timestamptz
  ) returns void language plpgsql ${pinned} as $$
  declare
    astray record;
  begin
    select named.id, named.purpose, known.purpose is null as is_unknown into astray
      from unnest(p_ids, p_purposes, p_owner_ids, p_currencies) as named(id, purpose, owner_id, currency)
      left join account_purposes known on known.purpose = named.purpose
      where known.purpose is null or known.has_owner <> (named.owner_id is not null)
        or named.currency !~ '^[A-Z]{3}$' or named.id <> account_id_of(named.purpose, named.owner_id, named.currency)
      order by named.id limit 1;
    if astray.is_unknown then
      raise exception 'account % has the unknown purpose %', astray.id, astray.purpose
        using hint = 'Is the database migrated?';
    elsif found then
      raise exception 'account % for % is not what its id says', astray.id, astray.purpose;
    end if;
    insert into accounts (id, balance_minor, version, guarded, purpose, owner_id, currency, opened_at)
      select named.id, case when known.guarded then 0 end, case when known.guarded then 0 end, known.guarded,
        named.purpose, named.owner_id, named.currency, p_opened_at
      from unnest(p_ids, p_purposes, p_owner_ids, p_currencies) as named(id, purpose, owner_id, currency)
      join account_purposes known on known.purpose = named.purpose
      order by named.id
      on conflict (id) do nothing;
  end $$`;

/** Says which of the accounts of a call, all of which are there, is not as the call names it. */
const refuseAccounts = `create function refuse_accounts(
    p_ids uuid[], p_guarded_count integer, p_purposes text[], p_currencies text[]
  ) returns void language plpgsql ${pinned} as $$
  declare
    astray record;
  begin
    select named.id, named.purpose into astray
      from unnest(p_ids, p_purposes, p_currencies) with ordinality as named(id, purpose, currency, position)
      left join accounts account on account.id = named.id
      where (account.currency, account.guarded) is distinct from (named.currency, named.position <= p_guarded_count)
      order by named.position limit 1;
    if not found then
      raise exception 'the accounts of a call come once each, guarded ones first, and by id within';
    end if;
    raise exception 'account % for % is not what its id says', astray.id, astray.purpose;
  end $$`;

/** Of these a set has one for each of its transfers. */
const perTransfer = [
  ...['p_debits', 'p_credits', 'p_amounts_minor', 'p_posted_at', 'p_kinds', 'p_cause_types', 'p_cause_ids'],
  ...['p_authority_kinds', 'p_authority_references', 'p_authority_details'],
  ...['p_provider_references', 'p_reverses_set_ids'],
];
const alike = perTransfer.slice(3);

const columns = `id, set_id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor, debit_version,
          credit_balance_minor, credit_version, posted_at, leg, legs, currency, kind, cause_type, cause_id,
          authority_kind, authority_reference, authority_detail`;

/** Writes those transfers of a run that the condition on `leg` names. */
const writeRun = (legs: string, references: string, conflict: string) => `insert into transfers (${columns},
          provider_reference, reverses_set_id)
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
 * next is judged. What sets count against limits is null where none does.
 *
 * Without its second setting a plan made while a table was small would read the whole of it until the next ANALYZE;
 * with the third plans are kept, which would otherwise be made anew at each call for the arrays at hand.
 */
const postSets = `create or replace function post_sets(
    p_account_ids uuid[], p_guarded_count integer,
    p_purposes text[], p_owner_ids text[], p_currencies text[],
    p_transfer_ends integer[], p_run_ends integer[],
    p_transfer_ids uuid[], p_debits integer[], p_credits integer[], p_amounts_minor bigint[],
    p_posted_at timestamptz[], p_kinds text[], p_cause_types text[], p_cause_ids text[],
    p_authority_kinds text[], p_authority_references text[], p_authority_details text[],
    p_provider_references text[], p_reverses_set_ids uuid[], p_counts jsonb
  ) returns jsonb language plpgsql security definer ${pinned}
    set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  declare
    ceiling constant bigint := 9007199254740991;
    answers jsonb;
    rule text;
    refused_account integer;
    refused_limit jsonb;
    reached bigint;
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
  begin
    if array[${perTransfer.map((name) => `array_dims(${name})`).join(', ')}] <> array_fill(
        case when cardinality(p_transfer_ids) > 0 then '[1:' || cardinality(p_transfer_ids) || ']' end,
        array[${perTransfer.length}])
      or array_lower(p_transfer_ids, 1) <> 1 or array_ndims(p_transfer_ids) <> 1
      or cardinality(p_transfer_ends) > 0 and cardinality(p_transfer_ends) <> all(p_run_ends)
    then
      raise exception 'these are no sets of transfers';
    end if;
    -- An account is opened before any is locked, or two callers could wait for each other.
    for attempt in 1 .. 2 loop
      select coalesce(array_agg(id), '{}') = p_account_ids and coalesce(array_agg(currency), '{}') = p_currencies
          and count(*) filter (where guarded) = p_guarded_count
        into is_known
        from (select id, currency, guarded from accounts where id = any(p_account_ids) order by guarded desc, id) known;
      exit when is_known;
      if attempt = 2 then
        perform refuse_accounts(p_account_ids, p_guarded_count, p_purposes, p_currencies);
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
        if last > first and (${alike
          .map((name) => `${name}[first:last] <> array_fill(${name}[first], array[last - first + 1])`)
          .join('\n            or ')})
        then
          raise exception 'the transfers of a set do not say the same of it';
        end if;
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
      reached := null;
      if rule is null and is_suspect then
        -- What counts is the net effect of the set on each account, not the order of its transfers.
        for t in first .. last loop
          if balances[p_debits[t]] < 0 then
            rule := 'balance_below_zero';
            refused_account := p_debits[t];
            reached := balances[refused_account];
            exit;
          end if;
        end loop;
        -- But each transfer leaves a balance that stands in its row, and is read and sealed.
        for t in first .. last loop
          exit when rule is not null;
          if debit_balances[t] < -ceiling then
            rule := 'balance_too_large';
            refused_account := p_debits[t];
            reached := debit_balances[t];
          elsif credit_balances[t] > ceiling then
            rule := 'balance_too_large';
            refused_account := p_credits[t];
            reached := credit_balances[t];
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
        end loop;
        answers := coalesce(answers, '{}') || jsonb_build_object(s - 1, jsonb_build_object(
          'rule', rule, 'limit', refused_limit, 'account', refused_account - 1,
          'balanceMinor', balances[refused_account]::text,
          'neededMinor', abs(reached - balances[refused_account])::text));
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
    return answers;
  end $$`;

const rights = ['revoke execute on function refuse_accounts from public'];
