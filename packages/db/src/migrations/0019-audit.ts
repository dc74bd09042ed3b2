import { type Kysely, sql } from 'kysely';

/**
 * The audit log: one entry for each command that was committed or refused and for each audited read. It is only
 * added to, and by functions alone: `finish_command` writes a command's own entry, `write_audit_entry` those that
 * stand outside a command's transaction.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const pinned = 'set search_path = pg_catalog, public, pg_temp';

// From the one parameter `p_entry`, at the time `at`.
const insertEntry = (at: string) => `
    insert into audit_entries (id, occurred_at, kind, name, outcome, actor_kind, actor_reference, session_id,
        key_hash, network_address_hash, request_id, subjects, data)
      select e.id, ${at}, e.kind, e.name, e.outcome, e.actor_kind, e.actor_reference, e.session_id,
        e.key_hash, e.network_address_hash, e.request_id, e.subjects, e.data
      from jsonb_to_record(p_entry) as e(
        id uuid, kind text, name text, outcome text, actor_kind text, actor_reference text, session_id uuid,
        key_hash bytea, network_address_hash bytea, request_id text, subjects text[], data jsonb);`;

const statements = [
  // No key but its own and no check: an index or a rule more would be paid for by every command. The writing
  // transaction stands on each row, so that a seal takes only what none that still runs can precede.
  `create table audit_entries (
    id uuid primary key,
    occurred_at timestamptz not null,
    kind text not null,
    name text not null,
    outcome text not null,
    actor_kind text not null,
    actor_reference text,
    session_id uuid,
    key_hash bytea,
    network_address_hash bytea,
    request_id text not null,
    subjects text[] not null,
    data jsonb not null,
    transaction_id xid8 not null default pg_current_xact_id()
  )`,

  `create function refuse_audit_change() returns trigger language plpgsql ${pinned} as $$
  begin
    raise exception '% on audit_entries is refused: the audit log is only added to', lower(tg_op)
      using errcode = 'insufficient_privilege';
  end $$`,
  `create trigger audit_entries_stay before update or delete or truncate on audit_entries
    for each statement execute function refuse_audit_change()`,

  `create function write_audit_entry(p_occurred_at timestamptz, p_entry jsonb) returns void
    language plpgsql security definer ${pinned} as $$
  begin
    ${insertEntry('p_occurred_at')}
  end $$`,

  // As before, and with the entry, in the same round trip. It runs as the owner, since the application may not
  // write the log by itself.
  `drop function finish_command`,
  `create function finish_command(
    p_actor text, p_command text, p_key text, p_input_hash bytea, p_answer_sealed bytea,
    p_created_at timestamptz, p_kept_until timestamptz, p_events jsonb, p_entry jsonb
  ) returns void language plpgsql security definer ${pinned} as $$
  begin
    insert into events (id, name, subject_type, subject_id, actor_kind, actor_id, audience, data, occurred_at)
      select e.id, e.name, e.subject_type, e.subject_id, e.actor_kind, e.actor_id, e.audience, e.data, p_created_at
      from jsonb_to_recordset(p_events) as e(
        id uuid, name text, subject_type text, subject_id uuid,
        actor_kind text, actor_id uuid, audience uuid[], data jsonb);
    if p_key is not null then
      insert into commands (actor, command, key, input_hash, answer_sealed, created_at, kept_until)
        values (p_actor, p_command, p_key, p_input_hash, p_answer_sealed, p_created_at, p_kept_until);
    end if;
    if p_entry is not null then
      ${insertEntry('p_created_at')}
    end if;
  end $$`,

  `revoke execute on function finish_command, write_audit_entry, refuse_audit_change from public`,
  `grant execute on function finish_command, write_audit_entry to errand_dash_application`,
  `grant select on audit_entries to errand_dash_application`,
];
