import { type Kysely, sql } from 'kysely';

/**
 * What every command calls, without a `SET search_path`, which costs each call more than most of what it does. What
 * stands in its place: every table and function of ours is named with its schema, and what names none can only be the
 * system's own, since the application may make neither functions, operators, types nor schemas, and tables of its own
 * only such as are temporary.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const parameters = `
    p_actor text, p_command text, p_key text, p_input_hash bytea, p_answer_sealed bytea,
    p_created_at timestamptz, p_kept_until timestamptz, p_actor_kind text, p_actor_id uuid,
    p_event_ids uuid[], p_event_names text[], p_subject_types text[], p_subject_ids uuid[],
    p_audiences text[], p_event_data text[],
    p_entry_id uuid, p_outcome text, p_actor_reference text, p_session_id uuid, p_key_hash bytea,
    p_network_address_hash bytea, p_request_id text, p_subjects text[], p_entry_data jsonb`;

const finishCommand = `create function finish_command(${parameters}
  ) returns void language plpgsql security definer as $$
  declare
    written_by pg_catalog.xid8;
  begin
    for i in 1..cardinality(p_event_ids) loop
      insert into public.events (id, name, subject_type, subject_id, actor_kind, actor_id, audience, data, occurred_at)
        values (p_event_ids[i], p_event_names[i], p_subject_types[i], p_subject_ids[i], p_actor_kind, p_actor_id,
          p_audiences[i]::pg_catalog.uuid[], p_event_data[i]::pg_catalog.jsonb, p_created_at)
        returning transaction_id into written_by;
      if p_audiences[i] <> '{}' then
        insert into public.notice_queue (transaction_id, event_id) values (written_by, p_event_ids[i]);
      end if;
    end loop;
    if p_key is not null then
      insert into public.commands (actor, command, key, input_hash, answer_sealed, created_at, kept_until)
        values (p_actor, p_command, p_key, p_input_hash, p_answer_sealed, p_created_at, p_kept_until);
    end if;
    if p_entry_id is not null then
      insert into public.audit_entries (id, occurred_at, kind, name, outcome, actor_kind, actor_reference, session_id,
          key_hash, network_address_hash, request_id, subjects, data)
        values (p_entry_id, p_created_at, 'command', p_command, p_outcome, p_actor_kind, p_actor_reference,
          p_session_id, p_key_hash, p_network_address_hash, p_request_id, p_subjects, p_entry_data);
    end if;
  end $$`;

// Not called at all for what is simply posted.
const refuseUnlessPosted = `create function refuse_unless_posted(p_answers jsonb) returns void
  language plpgsql strict as $$
  begin
    raise exception 'the ledger refused what ends with this transaction'
      using errcode = 'LR001', detail = p_answers::pg_catalog.text;
  end $$`;

const beginCommand = `create or replace function begin_command(
    in p_user_id uuid, in p_session_id uuid,
    in p_actor text, in p_command text, in p_key text, in p_input_hash bytea,
    out outcome text, out command_time timestamptz, out roles text[], out handle text, out display_name text,
    out money_out_from timestamptz, out wrapped_key bytea, out answer_sealed bytea
  ) language plpgsql as $$
  declare
    stored_hash pg_catalog.bytea;
  begin
    if p_user_id is null then
      select 'fresh', date_trunc('milliseconds', clock_timestamp() + offset_milliseconds * interval '1 millisecond')
        into outcome, command_time from public.clock_offset;
    else
      select clock.now, u.handle, u.display_name, u.money_out_from, k.wrapped_key,
             array(select r.role from public.user_roles r where r.user_id = u.id),
             case when s.ended_at is null and s.idle_expires_at > clock.now and s.absolute_expires_at > clock.now
               then case when u.suspended_at is null then 'fresh' else 'suspended' end
               else 'session_ended' end
        into command_time, handle, display_name, money_out_from, wrapped_key, roles, outcome
        from (select date_trunc('milliseconds', clock_timestamp() + offset_milliseconds * interval '1 millisecond')
          as now from public.clock_offset) clock
        left join public.users u on u.id = p_user_id
        left join public.sessions s on s.id = p_session_id and s.user_id = u.id
        left join public.user_data_keys k on k.user_id = u.id;
    end if;
    if p_key is null or outcome <> 'fresh' then
      return;
    end if;
    if not pg_try_advisory_xact_lock(hashtextextended(p_actor || ' ' || p_command || ' ' || p_key, 0)) then
      outcome := 'in_flight';
      return;
    end if;
    select c.input_hash, c.answer_sealed into stored_hash, answer_sealed
      from public.commands c where c.actor = p_actor and c.command = p_command and c.key = p_key;
    if found then
      outcome := case when stored_hash = p_input_hash then 'replay' else 'other_input' end;
    end if;
  end $$`;

// As they were.
const escrowRules = {
  amount: 'new.amount_minor between 1 and 9007199254740991',
  cause: "new.cause_type = 'errand'",
  two_people: 'new.payer_id <> new.payee_id',
  end: "(new.state = 'held') = (new.ended_at is null)",
  payee: "new.payee_id is not null or new.state in ('held', 'refunded')",
  parts_leave_a_rest: 'new.parts_released_minor >= 0 and new.parts_released_minor < new.amount_minor',
  parts_have_a_payee: 'new.parts_released_minor = 0 or new.payee_id is not null',
  fees_are_of_parts: 'new.parts_fee_minor between 0 and new.parts_released_minor',
};

const errandRules = {
  version: 'new.version >= 1',
  kind: "new.kind = 'buy_and_deliver'",
  reward: 'new.reward_minor between 1 and 9007199254740991',
  goods_budget: 'new.goods_budget_minor between 0 and 9007199254740991',
  goods_spent: 'new.goods_spent_minor between 0 and new.goods_budget_minor',
  commission: 'new.commission_minor between 0 and new.reward_minor',
  late_cancellation: 'new.late_cancellation_minor between 0 and new.reward_minor',
  started_cancellation: 'new.started_cancellation_minor between 0 and new.reward_minor',
  fine_cell: "new.fine_cell ~ '^[0-9a-f]{15}$'",
  coarse_cell: "new.coarse_cell ~ '^[0-9a-f]{15}$'",
  expiry: 'new.expires_at <= new.due_at',
  two_people: 'new.sender_id <> new.runner_id',
  acceptance: '(new.runner_id is null) = (new.accepted_at is null)',
  runner_too_early: "new.state not in ('posted', 'expired') or new.runner_id is null",
  runner_missing:
    "new.state not in ('accepted', 'started', 'completed', 'confirmed') or new.runner_id is not null",
  start: "new.state not in ('started', 'completed', 'confirmed') or new.started_at is not null",
  completion: "(new.state in ('completed', 'confirmed')) = (new.completed_at is not null)",
  completion_with_goods: '(new.completed_at is null) = (new.goods_spent_minor is null)',
  completion_with_receipt: '(new.completed_at is null) = (new.receipt_sealed is null)',
  end: "(new.state in ('confirmed', 'cancelled', 'expired')) = (new.ended_at is not null)",
  reopening: "new.state <> 'accepted' or new.reopens_at is not null",
  confirmation: "new.state <> 'completed' or new.confirms_at is not null",
};

/** The trigger's function. As with a CHECK, a rule whose condition is null is kept. */
function checking(table: string, rules: Record<string, string>): string {
  const cases = Object.entries(rules).map(
    ([name, rule]) => `when (${rule}) is false then '${table}_${name}'`,
  );
  return `create or replace function check_${table}() returns trigger language plpgsql as $$
    declare
      broken pg_catalog.text := case ${cases.join('\n')} end;
    begin
      if broken is not null then
        raise exception 'a row of ${table} violates the rule "%"', broken
          using errcode = 'check_violation', table = '${table}', constraint = broken;
      end if;
      return new;
    end $$`;
}

const statements = [
  'drop function finish_command',
  finishCommand,
  refuseUnlessPosted,
  'revoke execute on function finish_command, refuse_unless_posted from public',
  'grant execute on function finish_command, refuse_unless_posted to errand_dash_application',
  beginCommand,
  checking('escrows', escrowRules),
  checking('errands', errandRules),
  // By these the tables that keep an order number their rows. Read when they are made, and not again where they are used.
  `create or replace function transaction_number(p_transaction_id xid8) returns bigint
    language sql immutable parallel safe return p_transaction_id::text::bigint`,
  `create or replace function transaction_of(p_number bigint) returns xid8
    language sql immutable parallel safe return p_number::text::xid8`,
];
