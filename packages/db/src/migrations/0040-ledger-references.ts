import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';

/**
 * What few sets have is looked up beside the transfers and no longer by indexes of theirs, each of which every insert
 * opens: nine were a fifth of what a transfer costs to insert. Provider references and reversed sets, which come once,
 * stand in `set_references`; the sets of an approval are found by reading the transfers; and one BRIN index knows both
 * orders in which transfers lie, that of transactions and that of time.
 *
 * To be run while nobody posts: a call of the former `post_sets` that waits for this to end still ends as it began, and
 * keeps no reference. An invariant would name its set.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/**
 * Null: nothing that is stored stands in the way. A set is known by its first transfer. The time of the command is
 * not content: a set that is posted again because its answer was lost is posted later.
 */
const findPosted = `create or replace function find_posted(
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
    elsif exists (select from set_references where kind = 'provider_reference' and reference = p_provider_reference) then
      return 'provider_reference_used';
    end if;
    return null;
  end $$`;

/**
 * Null: the set is what takes the other back, leg by leg and the last first, as one undoes things. A reversal stands
 * for good: to take back what it took back is a movement of its own.
 */
const judgeReversal = `create or replace function judge_reversal(
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
    elsif exists (select from set_references where kind = 'reversed_set' and reference = p_reverses_set_id::text) then
      return 'reversed_set_already';
    end if;
    select (array_agg(credit_account_id order by leg desc), array_agg(debit_account_id order by leg desc),
        array_agg(amount_minor order by leg desc)) = (p_debit_ids, p_credit_ids, p_amounts_minor) into is_mirrored
      from transfers where id = p_reverses_set_id or (set_id = p_reverses_set_id and leg > 1);
    return case when not is_mirrored then 'reversal_must_mirror' end;
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

/** What a set says of itself that no other set may say. */
const referencesOfRun = `select kind, reference, p_transfer_ids[i]
          from unnest(set_positions, set_legs, p_provider_references, p_reverses_set_ids) with ordinality
            as asked(s_position, leg, provider_reference, reverses_set_id, i)
          cross join lateral (values ('provider_reference', provider_reference),
            ('reversed_set', reverses_set_id::text)) as said(kind, reference)
          where s_position between run_first and s and is_posted[s_position] and leg = 1 and reference is not null
          order by kind, reference`;

const transfersOfRun = `select id, p_transfer_ids[i - leg + 1], p_account_ids[asked_debit], p_account_ids[asked_credit],
          amount_minor, debit_balance_minor, debit_version, credit_balance_minor, credit_version, posted_at, leg,
          p_transfer_ends[s_position] - i + leg, p_currencies[asked_debit], kind, cause_type, cause_id,
          authority_kind, authority_reference, authority_detail,
          case when leg = 1 then reference end, case when leg = 1 then reverses end
        from unnest(p_transfer_ids, set_positions, set_legs, p_debits, p_credits, p_amounts_minor, debit_balances,
            debit_versions, credit_balances, credit_versions, p_posted_at, p_kinds, p_cause_types, p_cause_ids,
            p_authority_kinds, p_authority_references, p_authority_details, p_provider_references,
            p_reverses_set_ids) with ordinality
          as asked(id, s_position, leg, asked_debit, asked_credit, amount_minor, debit_balance_minor,
            debit_version, credit_balance_minor, credit_version, posted_at, kind, cause_type, cause_id,
            authority_kind, authority_reference, authority_detail, reference, reverses, i)
        where s_position between run_first and s and is_posted[s_position]`;

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
    reference_count integer := 0;
    transfer_count integer := 0;
    references_written integer := 0;
    written integer;
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
      or (has_references and exists (select from set_references
        where kind = 'provider_reference' and reference = any(p_provider_references)));

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
        reference_count := reference_count + num_nonnulls(p_provider_references[first], p_reverses_set_ids[first]);
        transfer_count := transfer_count + last - first + 1;
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

      if reference_count > 0 then
        insert into set_references (kind, reference, set_id)
        ${referencesOfRun}
        on conflict (kind, reference) do nothing;
        get diagnostics references_written = row_count;
      end if;
      -- Where a reference is taken nothing else may be written.
      written := 0;
      if references_written = reference_count then
        insert into transfers (${columns}, provider_reference, reverses_set_id)
        ${transfersOfRun}
        on conflict (id) do nothing;
        get diagnostics written = row_count;
      end if;
      if written < transfer_count then
        if written = 0 and references_written = 0 and run_first = 1 and p_counts is null then
          -- Somebody else's commit came in between, and nothing is written here: judge again.
          return post_sets(p_account_ids, p_guarded_count, p_purposes, p_owner_ids, p_currencies, p_transfer_ends,
            p_run_ends, p_transfer_ids, p_debits, p_credits, p_amounts_minor, p_posted_at, p_kinds, p_cause_types,
            p_cause_ids, p_authority_kinds, p_authority_references, p_authority_details, p_provider_references,
            p_reverses_set_ids, null);
        end if;
        raise exception 'somebody else posted one of these sets meanwhile' using errcode = 'serialization_failure';
      end if;
      run_first := s + 1;
      reference_count := 0;
      references_written := 0;
      transfer_count := 0;
      has_collision := true;
    end loop;

    for i in 1 .. p_guarded_count loop
      continue when versions[i] = versions_before[i];
      update accounts set balance_minor = balances[i], version = versions[i] where id = p_account_ids[i];
    end loop;
    return answers;
  end $$`;

const statements = [
  // What is posted before this is seen by the copying, and not lost between it and the indexes that go.
  'lock table transfers in access exclusive mode',
  // No set's authority: what it says stands in the transfers themselves, which are sealed, and an invariant compares.
  `create table set_references (
    kind text not null,
    reference text not null,
    set_id uuid not null,
    primary key (kind, reference)
  )`,
  `insert into set_references (kind, reference, set_id)
    select 'provider_reference', provider_reference, id from transfers where provider_reference is not null
    union all select 'reversed_set', reverses_set_id::text, id from transfers where reverses_set_id is not null`,
  `create trigger set_references_stay before update or delete or truncate on set_references
    for each statement execute function refuse_change()`,
  `create trigger set_references_come_by_posting before insert on set_references
    for each statement execute function require_posting()`,
  'grant select on set_references to errand_dash_application',
  findPosted,
  judgeReversal,
  postSets,

  'drop index transfers_by_provider_reference, transfers_by_reversed_set, transfers_by_approval',
  'drop index transfers_by_transaction, transfers_by_time',
  `create index transfers_by_transaction on transfers using brin (transaction_number(transaction_id), posted_at)
    with (pages_per_range = 64, autosummarize = on)`,
];
