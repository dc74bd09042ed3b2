import { type Kysely, sql } from 'kysely';

/**
 * What every command pays for, made cheaper. Nothing that was refused before is taken now:
 *
 * - `finish_command` takes its events and its audit entry as values, without JSON to take apart, and queues the
 *   notices of the events itself. Nobody else may write events any more, so that still none is without its place in
 *   the queue.
 * - PostgreSQL reads the text of each CHECK anew at every statement on its table. An errand had thirty, which cost
 *   more than twice what its row costs. They are now the rules of one trigger, whose function is read once a connection.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const pinned = 'set search_path = pg_catalog, public, pg_temp';

const finishCommand = `create function finish_command(
    p_actor text, p_command text, p_key text, p_input_hash bytea, p_answer_sealed bytea,
    p_created_at timestamptz, p_kept_until timestamptz, p_actor_kind text, p_actor_id uuid,
    p_event_ids uuid[], p_event_names text[], p_subject_types text[], p_subject_ids uuid[],
    p_audiences text[], p_event_data text[],
    p_entry_id uuid, p_outcome text, p_actor_reference text, p_session_id uuid, p_key_hash bytea,
    p_network_address_hash bytea, p_request_id text, p_subjects text[], p_entry_data jsonb
  ) returns void language plpgsql security definer ${pinned} as $$
  declare
    written_by xid8;
  begin
    for i in 1..cardinality(p_event_ids) loop
      insert into events (id, name, subject_type, subject_id, actor_kind, actor_id, audience, data, occurred_at)
        values (p_event_ids[i], p_event_names[i], p_subject_types[i], p_subject_ids[i], p_actor_kind, p_actor_id,
          p_audiences[i]::uuid[], p_event_data[i]::jsonb, p_created_at)
        returning transaction_id into written_by;
      if p_audiences[i] <> '{}' then
        insert into notice_queue (transaction_id, event_id) values (written_by, p_event_ids[i]);
      end if;
    end loop;
    if p_key is not null then
      insert into commands (actor, command, key, input_hash, answer_sealed, created_at, kept_until)
        values (p_actor, p_command, p_key, p_input_hash, p_answer_sealed, p_created_at, p_kept_until);
    end if;
    if p_entry_id is not null then
      insert into audit_entries (id, occurred_at, kind, name, outcome, actor_kind, actor_reference, session_id,
          key_hash, network_address_hash, request_id, subjects, data)
        values (p_entry_id, p_created_at, 'command', p_command, p_outcome, p_actor_kind, p_actor_reference,
          p_session_id, p_key_hash, p_network_address_hash, p_request_id, p_subjects, p_entry_data);
    end if;
  end $$`;

// The states keep their CHECK, which is compared with the machine.
const escrowRules = {
  amount: 'new.amount_minor between 1 and 9007199254740991',
  cause: "new.cause_type = 'errand'",
  two_people: 'new.payer_id <> new.payee_id',
  end: "(new.state = 'held') = (new.ended_at is null)",
  payee: "new.payee_id is not null or new.state in ('held', 'refunded')",
  parts_leave_a_rest: 'new.parts_released_minor >= 0 and new.parts_released_minor < new.amount_minor',
  parts_have_a_payee: 'new.parts_released_minor = 0 or new.payee_id is not null',
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

const statements = [
  'drop trigger events_queue_notices on events',
  'drop function queue_notices, finish_command',
  'revoke insert on events, notice_queue from errand_dash_application',
  finishCommand,
  'revoke execute on function finish_command from public',
  'grant execute on function finish_command to errand_dash_application',
  ...checkedByTrigger('escrows', escrowRules),
  ...checkedByTrigger('errands', errandRules),
];

/** As with a CHECK, a rule whose condition is null is kept, and a broken one is told by SQLSTATE and name. */
function checkedByTrigger(table: string, rules: Record<string, string>): string[] {
  const cases = Object.entries(rules).map(
    ([name, rule]) => `when (${rule}) is false then '${table}_${name}'`,
  );
  return [
    `do $$
    declare
      replaced text;
    begin
      for replaced in select conname from pg_constraint
        where conrelid = '${table}'::regclass and contype = 'c' and conname <> '${table}_state'
      loop
        execute format('alter table ${table} drop constraint %I', replaced);
      end loop;
    end $$`,
    `create function check_${table}() returns trigger language plpgsql ${pinned} as $$
    declare
      broken text := case ${cases.join('\n')} end;
    begin
      if broken is not null then
        raise exception 'a row of ${table} violates the rule "%"', broken
          using errcode = 'check_violation', table = '${table}', constraint = broken;
      end if;
      return new;
    end $$`,
    `revoke execute on function check_${table} from public`,
    `create trigger ${table}_hold_together before insert or update on ${table}
      for each row execute function check_${table}()`,
  ];
}
