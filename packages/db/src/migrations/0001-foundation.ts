import { type Kysely, sql } from 'kysely';

/**
 * People, sessions, the key store of commands, events, and `begin_command`, which every command asks first.
 * The group role `errand_dash_application` exists before: it belongs to the cluster, not to this database.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table clock_offset (
    id smallint primary key default 1 check (id = 1),
    offset_milliseconds bigint not null,
    is_virtual boolean not null,
    check (is_virtual or offset_milliseconds = 0)
  )`,
  `insert into clock_offset (offset_milliseconds, is_virtual) values (0, false)`,
  // Only the owner makes a clock virtual; after that the application may move it on, never back, so that no
  // command's time lies before one that was committed.
  `create function move_clock(p_milliseconds bigint) returns bigint language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
  declare
    moved bigint;
  begin
    update clock_offset set offset_milliseconds = offset_milliseconds + p_milliseconds
      where is_virtual and p_milliseconds >= 0 returning offset_milliseconds into moved;
    return moved;
  end $$`,

  `create table users (
    id uuid primary key,
    handle text not null unique check (handle ~ '^[a-z][a-z0-9_]{2,29}$'),
    display_name text not null,
    phone_sealed bytea,
    phone_index bytea unique,
    phone_verified_at timestamptz,
    suspended_at timestamptz,
    created_at timestamptz not null,
    check ((phone_sealed is null) = (phone_index is null)),
    check ((phone_sealed is null) = (phone_verified_at is null))
  )`,
  `create table user_roles (
    user_id uuid not null references users,
    role text not null check (role in ('sender', 'runner', 'vendor', 'moderator', 'admin', 'super_admin')),
    granted_at timestamptz not null,
    primary key (user_id, role)
  )`,
  `create table user_data_keys (
    user_id uuid primary key references users,
    wrapped_key bytea not null,
    wrapping_key_id text not null,
    created_at timestamptz not null
  )`,
  `create table sessions (
    id uuid primary key,
    user_id uuid not null references users,
    passkey_id uuid,
    device_id_hash bytea not null,
    user_agent text not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    idle_expires_at timestamptz not null,
    absolute_expires_at timestamptz not null,
    ended_at timestamptz,
    ended_reason text,
    check ((ended_at is null) = (ended_reason is null))
  )`,
  `create index sessions_by_user on sessions (user_id)`,

  `create table commands (
    actor text not null,
    command text not null,
    key text not null,
    input_hash bytea not null,
    answer_sealed bytea not null,
    created_at timestamptz not null,
    kept_until timestamptz,
    primary key (actor, command, key)
  )`,
  `create index commands_by_kept_until on commands (kept_until) where kept_until is not null`,
  // Without it the same call would move the money again.
  `create function refuse_to_forget() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'the answer of a command that moved money is kept for ever'
      using errcode = 'insufficient_privilege';
  end $$`,
  `create trigger commands_that_moved_money_stay before delete on commands for each row
    when (old.kept_until is null) execute function refuse_to_forget()`,

  `create table events (
    id uuid primary key,
    name text not null,
    subject_type text not null,
    subject_id uuid not null,
    actor_kind text not null,
    actor_id uuid,
    audience uuid[] not null,
    data jsonb not null,
    occurred_at timestamptz not null,
    transaction_id xid8 not null default pg_current_xact_id()
  )`,
  `create index events_by_subject on events (subject_type, subject_id, id)`,

  // The only reader of the clock. It answers, in one round trip, what the time is, whether the session still
  // lives, what the person may do, his data key, and whether this key was used before.
  // The lock is tried, not waited for: a caller who repeats himself is told so at once and no backend queues.
  `create function begin_command(
    in p_user_id uuid, in p_session_id uuid,
    in p_actor text, in p_command text, in p_key text, in p_input_hash bytea,
    out outcome text, out command_time timestamptz, out roles text[],
    out wrapped_key bytea, out wrapping_key_id text, out answer_sealed bytea
  ) language plpgsql as $$
  declare
    stored_hash bytea;
    is_suspended boolean;
    is_live boolean;
  begin
    select clock_timestamp() + offset_milliseconds * interval '1 millisecond' into command_time from clock_offset;
    command_time := date_trunc('milliseconds', command_time);
    outcome := 'fresh';
    if p_user_id is not null then
      select u.suspended_at is not null,
             s.id is not null and s.ended_at is null
               and s.idle_expires_at > command_time and s.absolute_expires_at > command_time,
             k.wrapped_key, k.wrapping_key_id,
             array(select r.role from user_roles r where r.user_id = u.id)
        into is_suspended, is_live, wrapped_key, wrapping_key_id, roles
        from users u
        left join sessions s on s.id = p_session_id and s.user_id = u.id
        left join user_data_keys k on k.user_id = u.id
        where u.id = p_user_id;
      if not found or not is_live then
        outcome := 'session_ended';
        return;
      end if;
      if is_suspended then
        outcome := 'suspended';
        return;
      end if;
    end if;
    if p_key is not null then
      if not pg_try_advisory_xact_lock(hashtextextended(p_actor || ' ' || p_command || ' ' || p_key, 0)) then
        outcome := 'in_flight';
        return;
      end if;
      select c.input_hash, c.answer_sealed into stored_hash, answer_sealed
        from commands c where c.actor = p_actor and c.command = p_command and c.key = p_key;
      if found then
        outcome := case when stored_hash = p_input_hash then 'replay' else 'other_input' end;
      end if;
    end if;
  end $$`,

  // Writes in one round trip what a command leaves behind: its events and its answer under its key.
  `create function finish_command(
    p_actor text, p_command text, p_key text, p_input_hash bytea, p_answer_sealed bytea,
    p_created_at timestamptz, p_kept_until timestamptz, p_events jsonb
  ) returns void language plpgsql as $$
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
  end $$`,

  `revoke execute on function begin_command, finish_command, move_clock, refuse_to_forget from public`,
  `grant execute on function begin_command, finish_command, move_clock to errand_dash_application`,
  `grant select on clock_offset to errand_dash_application`,
  // Whose a session is, and who somebody is, is written once.
  `grant select, insert on users, sessions to errand_dash_application`,
  `grant update (display_name, phone_sealed, phone_index, phone_verified_at, suspended_at)
    on users to errand_dash_application`,
  `grant update (last_used_at, idle_expires_at, ended_at, ended_reason) on sessions to errand_dash_application`,
  `grant select, insert, delete on user_roles, user_data_keys, commands to errand_dash_application`,
  `grant select, insert on events to errand_dash_application`,
];
