import { type Kysely, sql } from 'kysely';

/** Codes for email beside those for phones, messages on their way out, recovery codes, and recoveries. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table verifications drop constraint verifications_purpose_check`,
  `alter table verifications add constraint verifications_purpose
    check (purpose in ('verify_phone', 'verify_email'))`,
  // Two that were started at once may both be open; the newer one stays.
  `update verifications older set spent_at = older.expires_at
    where older.spent_at is null and exists (
      select from verifications newer
      where newer.user_id = older.user_id and newer.purpose = older.purpose and newer.id > older.id
        and newer.spent_at is null)`,
  `drop index verifications_open`,
  `create unique index verifications_open on verifications (user_id, purpose) where spent_at is null`,
  `create index verifications_by_expires_at on verifications (expires_at)`,
  `grant delete on verifications to errand_dash_application`,

  // To whom and what is sealed for as long as it waits, and wiped when it has ended, since it may hold a code.
  `create table outgoing_messages (
    id uuid primary key,
    user_id uuid not null references users,
    channel text not null check (channel in ('phone', 'email')),
    kind text not null check (kind ~ '^[a-z_]+$'),
    state text not null,
    content_sealed bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    next_attempt_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    leased_until timestamptz,
    provider text,
    provider_message_id text,
    reason text,
    ended_at timestamptz,
    constraint outgoing_messages_state check (state in ('queued', 'sent', 'failed', 'expired')),
    constraint outgoing_messages_queued_until_ended check ((state = 'queued') = (ended_at is null)),
    constraint outgoing_messages_queued_are_tried check ((state = 'queued') = (next_attempt_at is not null)),
    constraint outgoing_messages_ended_hold_nothing check ((state = 'queued') = (content_sealed is not null)),
    constraint outgoing_messages_failed_for_a_reason check (state <> 'failed' or reason is not null)
  )`,
  `create index outgoing_messages_due on outgoing_messages (next_attempt_at, id) where state = 'queued'`,
  `create index outgoing_messages_by_ended_at on outgoing_messages (ended_at) where ended_at is not null`,
  `grant select, insert, delete on outgoing_messages to errand_dash_application`,
  `grant update (state, content_sealed, next_attempt_at, attempts, leased_until, provider, provider_message_id,
    reason, ended_at) on outgoing_messages to errand_dash_application`,

  `create table recovery_codes (
    id uuid primary key,
    user_id uuid not null references users,
    code_hash bytea not null unique check (octet_length(code_hash) = 32),
    created_at timestamptz not null,
    spent_at timestamptz
  )`,
  `create index recovery_codes_by_user on recovery_codes (user_id)`,
  `grant select, insert, delete on recovery_codes to errand_dash_application`,
  `grant update (spent_at) on recovery_codes to errand_dash_application`,

  // One for a name that nobody has, or whose person is suspended, has no user and comes to nothing.
  `create table recoveries (
    id uuid primary key,
    user_id uuid references users,
    state text not null,
    tries_left integer not null check (tries_left >= 0),
    codes_asked_at timestamptz,
    codes_made_at timestamptz,
    email_code_hash bytea check (octet_length(email_code_hash) = 32),
    phone_code_hash bytea check (octet_length(phone_code_hash) = 32),
    codes_expire_at timestamptz,
    factor text check (factor in ('recovery_code', 'contacts')),
    factor_hash bytea check (octet_length(factor_hash) = 32),
    challenge bytea unique check (octet_length(challenge) = 32),
    challenge_expires_at timestamptz,
    passkey_id uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    ended_at timestamptz,
    constraint recoveries_state check (state in ('open', 'proven', 'finished', 'undone', 'ended')),
    constraint recoveries_sent_both_codes_or_none check (
      (email_code_hash is null) = (phone_code_hash is null)
      and (email_code_hash is null or (user_id is not null and codes_made_at is not null))
    ),
    constraint recoveries_made_codes_when_asked check (
      (codes_asked_at is null) = (codes_expire_at is null) and (codes_made_at is null or codes_asked_at is not null)
    ),
    constraint recoveries_proven_by_a_factor check (
      (factor is null) = (factor_hash is null)
      and (state <> 'open' or factor is null)
      and (state not in ('proven', 'finished', 'undone') or (factor is not null and user_id is not null))
    ),
    constraint recoveries_ask_once_proven check (
      (challenge is null) = (challenge_expires_at is null) and (state = 'proven' or challenge is null)
    ),
    constraint recoveries_open_until_ended check ((state in ('open', 'proven')) = (ended_at is null)),
    constraint recoveries_finished_with_a_passkey
      check ((state in ('finished', 'undone')) = (passkey_id is not null))
  )`,
  `create index recoveries_by_user on recoveries (user_id, id) where user_id is not null`,
  `create index recoveries_to_make_codes_for on recoveries (codes_asked_at)
    where codes_asked_at is not null and codes_made_at is null`,
  `create index recoveries_by_expires_at on recoveries (expires_at) where passkey_id is null`,
  `grant select, insert, delete on recoveries to errand_dash_application`,
  `grant update (state, tries_left, codes_asked_at, codes_made_at, email_code_hash, phone_code_hash,
    codes_expire_at, factor, factor_hash, challenge, challenge_expires_at, passkey_id, ended_at)
    on recoveries to errand_dash_application`,
];
