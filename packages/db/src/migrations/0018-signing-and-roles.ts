import { type Kysely, sql } from 'kysely';

/**
 * Device keys beside passkeys, approvals that nobody rewrites, what people did unsigned below the limits, and who
 * changed what a person may do.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const pinned = 'set search_path = pg_catalog, public, pg_temp';

const statements = [
  // An Ed25519 public key has 32 bytes (RFC 8032, section 5.1.5). One that was revoked is never enrolled again.
  `create table device_keys (
    id uuid primary key,
    user_id uuid not null references users,
    approval_id uuid not null unique references approvals,
    name text not null,
    public_key bytea not null check (octet_length(public_key) = 32),
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by_approval_id uuid unique references approvals,
    constraint device_keys_enrolled_once unique (user_id, public_key),
    constraint device_keys_revoked_by_a_signature check ((revoked_at is null) = (revoked_by_approval_id is null))
  )`,

  // The public key that verifies is kept with the signature, a COSE_Key of a passkey or the 32 bytes of a device key.
  `alter table approvals
    add allowed_device_key_ids uuid[] not null default '{}',
    add device_key_id uuid references device_keys,
    drop constraint approvals_accepted_with_an_assertion,
    add constraint approvals_accepted_with_a_signature check (
      (state = 'accepted') = (signature is not null)
      and (signature is null) = (public_key is null)
      and (signature is null) = (credential_id is null and device_key_id is null)
      and (credential_id is null or device_key_id is null)
      and (credential_id is null) = (client_data_json is null)
      and (credential_id is null) = (authenticator_data is null)
    )`,
  `create function refuse_to_rewrite() returns trigger language plpgsql ${pinned} as $$
  begin
    raise exception '% on % is refused: it is kept as it was written', lower(tg_op), tg_table_name
      using errcode = 'insufficient_privilege';
  end $$`,
  `create trigger approvals_are_tried_once before update on approvals for each row
    when (old.state <> 'open') execute function refuse_to_rewrite()`,
  `create trigger approvals_stay before delete or truncate on approvals
    for each statement execute function refuse_to_rewrite()`,
  `create trigger device_keys_end_once before update on device_keys for each row
    when (old.revoked_at is not null) execute function refuse_to_rewrite()`,
  `create trigger device_keys_stay before delete or truncate on device_keys
    for each statement execute function refuse_to_rewrite()`,

  // What a person moved without a signature, for as long as it counts.
  `create table unsigned_acts (
    id uuid primary key,
    user_id uuid not null references users,
    action text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor between 1 and 9007199254740991),
    acted_at timestamptz not null
  )`,
  `create index unsigned_acts_by_user on unsigned_acts (user_id, currency, acted_at)`,
  // Two acts of one person wait for each other here: each sees the sum that the other has left. What no longer
  // counts is forgotten on the way. Answers whether the act stays below the limit, and then it is written.
  `create function write_unsigned_act(
    p_id uuid, p_user_id uuid, p_action text, p_currency text, p_amount_minor bigint,
    p_acted_at timestamptz, p_counted_from timestamptz, p_limit_minor bigint
  ) returns boolean language plpgsql security definer ${pinned} as $$
  declare
    counted_minor bigint;
  begin
    perform pg_advisory_xact_lock(hashtextextended('unsigned acts ' || p_user_id || ' ' || p_currency, 0));
    delete from unsigned_acts
      where user_id = p_user_id and currency = p_currency and acted_at <= p_counted_from;
    select coalesce(sum(amount_minor), 0) into counted_minor from unsigned_acts
      where user_id = p_user_id and currency = p_currency;
    if counted_minor + p_amount_minor >= p_limit_minor then
      return false;
    end if;
    insert into unsigned_acts (id, user_id, action, currency, amount_minor, acted_at)
      values (p_id, p_user_id, p_action, p_currency, p_amount_minor, p_acted_at);
    return true;
  end $$`,

  // Null: somebody took the role for himself, or it was given on the server.
  `alter table user_roles
    add granted_by uuid references users,
    add reason text`,
  `create table standing_changes (
    id uuid primary key,
    user_id uuid not null references users,
    change text not null check (change in ('granted', 'revoked', 'suspended', 'reinstated')),
    role text check (role in ('sender', 'runner', 'vendor', 'moderator', 'admin', 'super_admin')),
    by_kind text not null check (by_kind in ('self', 'operator', 'server')),
    by_user_id uuid references users,
    approval_id uuid unique references approvals,
    reason text,
    changed_at timestamptz not null,
    constraint standing_changes_of_a_role check ((change in ('granted', 'revoked')) = (role is not null)),
    constraint standing_changes_by_somebody check ((by_kind = 'server') = (by_user_id is null)),
    constraint standing_changes_by_operators_are_signed check ((by_kind = 'operator') = (approval_id is not null)),
    constraint standing_changes_by_others_have_a_reason check (by_kind = 'self' or reason is not null)
  )`,
  `create index standing_changes_by_user on standing_changes (user_id, id)`,
  `create trigger standing_changes_stay before update or delete or truncate on standing_changes
    for each statement execute function refuse_to_rewrite()`,
  `create index user_roles_by_role on user_roles (role) where role in ('moderator', 'admin', 'super_admin')`,

  `revoke execute on function refuse_to_rewrite, write_unsigned_act from public`,
  `grant execute on function write_unsigned_act to errand_dash_application`,
  `grant select on unsigned_acts to errand_dash_application`,
  `grant select, insert on device_keys, standing_changes to errand_dash_application`,
  `grant update (last_used_at, revoked_at, revoked_by_approval_id) on device_keys to errand_dash_application`,
  `grant update (device_key_id) on approvals to errand_dash_application`,
];
