import { type Kysely, sql } from 'kysely';

/** Passkeys that are named, added and removed; the address from which a session was last used; pruned tokens. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // A passkey that was removed keeps its row: its credential id is never taken again, and what it signed names it.
  `alter table passkeys add removed_at timestamptz`,
  `grant update (name, removed_at) on passkeys to errand_dash_application`,
  `create function refuse_to_use_removed() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'a passkey that was removed stays as it was' using errcode = 'insufficient_privilege';
  end $$`,
  `create trigger removed_passkeys_stay before update or delete on passkeys for each row
    when (old.removed_at is not null) execute function refuse_to_use_removed()`,
  `revoke execute on function refuse_to_use_removed from public`,

  `alter table auth_ceremonies
    drop constraint auth_ceremonies_purpose_check,
    add constraint auth_ceremonies_purpose_check check (purpose in ('registration', 'sign_in', 'add_passkey')),
    add check (purpose <> 'add_passkey'
      or (user_id is not null and session_id is not null and allowed_passkey_ids is null))`,

  `alter table sessions add network_address_sealed bytea, add tokens_pruned_at timestamptz`,
  `grant update (network_address_sealed, tokens_pruned_at) on sessions to errand_dash_application`,
  // A session never outlives its absolute end: what it is idle until is at most that.
  `create index sessions_to_prune on sessions (least(ended_at, idle_expires_at)) where tokens_pruned_at is null`,
  `grant delete on refresh_tokens to errand_dash_application`,
];
