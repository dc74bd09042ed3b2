import { type Kysely, sql } from 'kysely';

/**
 * What a command asks first also answers who calls and until when no money of his may leave, which most commands
 * would ask for next. Time and person are one read.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const beginCommand = `create function begin_command(
    in p_user_id uuid, in p_session_id uuid,
    in p_actor text, in p_command text, in p_key text, in p_input_hash bytea,
    out outcome text, out command_time timestamptz, out roles text[], out handle text, out display_name text,
    out money_out_from timestamptz, out wrapped_key bytea, out answer_sealed bytea
  ) language plpgsql as $$
  declare
    stored_hash bytea;
  begin
    if p_user_id is null then
      select 'fresh', date_trunc('milliseconds', clock_timestamp() + offset_milliseconds * interval '1 millisecond')
        into outcome, command_time from clock_offset;
    else
      select clock.now, u.handle, u.display_name, u.money_out_from, k.wrapped_key,
             array(select r.role from user_roles r where r.user_id = u.id),
             case when s.ended_at is null and s.idle_expires_at > clock.now and s.absolute_expires_at > clock.now
               then case when u.suspended_at is null then 'fresh' else 'suspended' end
               else 'session_ended' end
        into command_time, handle, display_name, money_out_from, wrapped_key, roles, outcome
        from (select date_trunc('milliseconds', clock_timestamp() + offset_milliseconds * interval '1 millisecond')
          as now from clock_offset) clock
        left join users u on u.id = p_user_id
        left join sessions s on s.id = p_session_id and s.user_id = u.id
        left join user_data_keys k on k.user_id = u.id;
    end if;
    if p_key is null or outcome <> 'fresh' then
      return;
    end if;
    if not pg_try_advisory_xact_lock(hashtextextended(p_actor || ' ' || p_command || ' ' || p_key, 0)) then
      outcome := 'in_flight';
      return;
    end if;
    select c.input_hash, c.answer_sealed into stored_hash, answer_sealed
      from commands c where c.actor = p_actor and c.command = p_command and c.key = p_key;
    if found then
      outcome := case when stored_hash = p_input_hash then 'replay' else 'other_input' end;
    end if;
  end $$`;

const statements = [
  'drop function begin_command',
  beginCommand,
  'revoke execute on function begin_command from public',
  'grant execute on function begin_command to errand_dash_application',
];
