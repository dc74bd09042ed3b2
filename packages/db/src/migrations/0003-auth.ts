import { type Kysely, sql } from 'kysely';

/** Passkeys, their ceremonies, refresh tokens, and the one-time codes that verify a phone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // At most 1023 bytes of credential id: WebAuthn level 3, section 7.1, step 25.
  `create table passkeys (
    id uuid primary key,
    user_id uuid not null references users,
    credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
    public_key bytea not null,
    algorithm integer not null check (algorithm in (-8, -7, -257)),
    counter bigint not null check (counter between 0 and 4294967295),
    is_backup_eligible boolean not null,
    is_backed_up boolean not null,
    transports text[] not null,
    name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    check (is_backup_eligible or not is_backed_up)
  )`,
  `create index passkeys_by_user on passkeys (user_id)`,
  `alter table sessions add foreign key (passkey_id) references passkeys`,

  // The person of a registration does not exist yet, so that user_id refers to nobody until it is finished.
  `create table auth_ceremonies (
    id uuid primary key,
    purpose text not null check (purpose in ('registration', 'sign_in')),
    challenge bytea not null unique check (octet_length(challenge) = 32),
    user_id uuid,
    session_id uuid,
    handle text,
    display_name text,
    allowed_passkey_ids uuid[],
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    consumed_at timestamptz,
    check ((purpose = 'registration') = (handle is not null)),
    check ((handle is null) = (display_name is null)),
    check (purpose <> 'registration' or (user_id is not null and allowed_passkey_ids is null))
  )`,
  `create index auth_ceremonies_by_expires_at on auth_ceremonies (expires_at)`,

  // A session is the family of its tokens; only the newest of them is unspent.
  `create table refresh_tokens (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    session_id uuid not null references sessions,
    number integer not null check (number >= 1),
    issued_at timestamptz not null,
    spent_at timestamptz,
    unique (session_id, number)
  )`,
  `create unique index refresh_tokens_live on refresh_tokens (session_id) where spent_at is null`,

  `create table verifications (
    id uuid primary key,
    user_id uuid not null references users,
    purpose text not null check (purpose in ('verify_phone')),
    target_sealed bytea not null,
    target_index bytea not null,
    code_hash bytea not null check (octet_length(code_hash) = 32),
    tries_left integer not null check (tries_left >= 0),
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    spent_at timestamptz
  )`,
  `create index verifications_by_target on verifications (target_index, created_at)`,
  `create index verifications_open on verifications (user_id, purpose) where spent_at is null`,

  // A key, a challenge, a token and a code are what they were made as; only their use is written later.
  `grant select, insert on passkeys, refresh_tokens, verifications, auth_ceremonies to errand_dash_application`,
  `grant update (counter, is_backed_up, last_used_at) on passkeys to errand_dash_application`,
  `grant update (spent_at) on refresh_tokens to errand_dash_application`,
  `grant update (tries_left, spent_at) on verifications to errand_dash_application`,
  `grant update (consumed_at), delete on auth_ceremonies to errand_dash_application`,
];
