import { type Kysely, sql } from 'kysely';

/** Ways in beside passkeys: passwords, one-time passwords as a second factor, and identity providers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table passwords (
    user_id uuid primary key references users,
    hash_sealed bytea not null,
    set_at timestamptz not null
  )`,

  // How often a password was tried for one name from one place. The place is all that waits: nobody locks another out.
  `create table password_tries (
    bucket bytea primary key check (octet_length(bucket) = 32),
    tries integer not null check (tries >= 1),
    window_ends_at timestamptz not null
  )`,
  `create index password_tries_by_window on password_tries (window_ends_at)`,

  // last_step is the newest step of time whose code was taken (RFC 6238, section 5.2: a code is taken once).
  `create table totp_factors (
    user_id uuid primary key references users,
    id uuid not null unique,
    secret_sealed bytea not null,
    begun_at timestamptz not null,
    confirmed_at timestamptz,
    last_step bigint,
    check ((confirmed_at is null) = (last_step is null))
  )`,

  // A wrong code by which somebody signed in would remove his authenticator app is counted here too, as one that is
  // consumed at once.
  `create table second_factor_challenges (
    id uuid primary key,
    user_id uuid not null references users,
    purpose text not null check (purpose in ('password', 'identity', 'totp_removal')),
    device_id_hash bytea check (octet_length(device_id_hash) = 32),
    tries_left integer not null check (tries_left >= 0),
    wrong_tries integer not null default 0 check (wrong_tries >= 0),
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    consumed_at timestamptz,
    check ((purpose = 'totp_removal') = (device_id_hash is null))
  )`,
  `create index second_factor_challenges_by_user on second_factor_challenges (user_id, created_at)`,
  `create index second_factor_challenges_by_created_at on second_factor_challenges (created_at)`,

  `create table identities (
    id uuid primary key,
    user_id uuid not null references users,
    provider text not null,
    subject_index bytea not null unique check (octet_length(subject_index) = 32),
    linked_at timestamptz not null,
    last_used_at timestamptz not null
  )`,
  `create index identities_by_user on identities (user_id)`,

  // A person who is at his identity provider, or who came back from there and has no account yet. secrets_sealed holds
  // state, nonce and code verifier until he is back, subject_index what the provider said of him then.
  `create table identity_ceremonies (
    id uuid primary key,
    purpose text not null check (purpose in ('sign_in', 'link', 'sign_up')),
    provider text not null,
    redirect_url text,
    secrets_sealed bytea,
    subject_index bytea check (octet_length(subject_index) = 32),
    device_id_hash bytea check (octet_length(device_id_hash) = 32),
    session_id uuid references sessions,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    consumed_at timestamptz,
    check ((purpose = 'sign_up') = (subject_index is not null)),
    check ((purpose = 'sign_up') = (secrets_sealed is null)),
    check ((secrets_sealed is null) = (redirect_url is null)),
    check ((purpose = 'link') = (session_id is not null)),
    check ((session_id is null) = (device_id_hash is not null))
  )`,
  `create index identity_ceremonies_by_expires_at on identity_ceremonies (expires_at)`,

  `grant select, insert, delete on passwords, password_tries, totp_factors, second_factor_challenges, identities,
    identity_ceremonies to errand_dash_application`,
  `grant update (hash_sealed, set_at) on passwords to errand_dash_application`,
  `grant update (tries, window_ends_at) on password_tries to errand_dash_application`,
  `grant update (id, secret_sealed, begun_at, confirmed_at, last_step) on totp_factors to errand_dash_application`,
  `grant update (tries_left, wrong_tries, consumed_at) on second_factor_challenges to errand_dash_application`,
  `grant update (last_used_at) on identities to errand_dash_application`,
  `grant update (consumed_at) on identity_ceremonies to errand_dash_application`,
];
