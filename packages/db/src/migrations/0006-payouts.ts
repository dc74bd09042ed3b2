import { type Kysely, sql } from 'kysely';

/** Signed actions, the bank accounts that people are paid out to, and withdrawals. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // What was signed and by what, kept for ever beside the transfers that it let through.
  `create table approvals (
    id uuid primary key,
    user_id uuid not null references users,
    session_id uuid not null references sessions,
    action text not null check (action ~ '^[a-z]+\\.[A-Za-z]+$'),
    state text not null check (state in ('open', 'accepted', 'refused')),
    nonce bytea not null check (octet_length(nonce) = 32),
    challenge bytea not null unique check (octet_length(challenge) = 32),
    document_sealed bytea not null,
    rp_id text not null,
    origins text[] not null,
    allowed_passkey_ids uuid[] not null,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    consumed_at timestamptz,
    refused_for text,
    credential_id bytea,
    public_key bytea,
    client_data_json bytea,
    authenticator_data bytea,
    signature bytea,
    constraint approvals_open_until_consumed check ((state = 'open') = (consumed_at is null)),
    constraint approvals_refused_for_a_reason check ((state = 'refused') = (refused_for is not null)),
    constraint approvals_accepted_with_an_assertion check (
      (state = 'accepted') = (signature is not null)
      and (signature is null) = (credential_id is null)
      and (signature is null) = (public_key is null)
      and (signature is null) = (client_data_json is null)
      and (signature is null) = (authenticator_data is null)
    ),
    constraint approvals_accepted_in_time check (state <> 'accepted' or consumed_at < expires_at)
  )`,
  `create index approvals_by_user on approvals (user_id, id)`,
  `create index transfer_sets_by_approval on transfer_sets (authority_reference)
    where authority_kind = 'passkey'`,

  `create table payout_accounts (
    id uuid primary key,
    user_id uuid not null references users,
    approval_id uuid not null unique references approvals,
    state text not null check (state in ('created', 'active', 'refused', 'removed')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    provider text not null check (provider in ('paystack')),
    bank_code text not null check (bank_code ~ '^[A-Za-z0-9]{3,9}$'),
    bank_name text,
    account_number_sealed bytea not null,
    account_number_index bytea not null check (octet_length(account_number_index) = 32),
    account_last_four text not null check (account_last_four ~ '^[0-9]{4}$'),
    account_name_sealed bytea,
    recipient_code text,
    created_at timestamptz not null,
    usable_at timestamptz not null check (usable_at >= created_at),
    ended_at timestamptz,
    next_check_at timestamptz,
    checks_made integer not null default 0 check (checks_made >= 0),
    leased_until timestamptz,
    reason text,
    constraint payout_accounts_ended_at check ((state in ('refused', 'removed')) = (ended_at is not null)),
    constraint payout_accounts_created_are_checked check ((state = 'created') = (next_check_at is not null)),
    constraint payout_accounts_refused_for_a_reason check ((state = 'refused') = (reason is not null)),
    constraint payout_accounts_active_are_known_to_the_provider check (
      (recipient_code is null) = (account_name_sealed is null)
      and (state <> 'active' or recipient_code is not null)
      and (state <> 'created' or recipient_code is null)
    )
  )`,
  `create unique index payout_accounts_own_once on payout_accounts (user_id, account_number_index)
    where state in ('created', 'active')`,
  `create index payout_accounts_by_user on payout_accounts (user_id, id)`,
  `create index payout_accounts_by_next_check on payout_accounts (next_check_at) where next_check_at is not null`,

  `create table withdrawals (
    id uuid primary key,
    user_id uuid not null references users,
    payout_account_id uuid not null references payout_accounts,
    approval_id uuid not null unique references approvals,
    state text not null check (state in ('requested', 'sending', 'sent', 'paid', 'returned', 'reversed')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor between 1 and 9007199254740991),
    provider text not null check (provider in ('paystack')),
    reference text not null check (reference ~ '^[a-z0-9-]{16,50}$'),
    recipient_code text not null,
    requested_at timestamptz not null,
    sent_at timestamptz,
    ended_at timestamptz,
    next_check_at timestamptz,
    checks_made integer not null default 0 check (checks_made >= 0),
    attempts integer not null default 0 check (attempts >= 0),
    leased_until timestamptz,
    provider_object text,
    provider_status text,
    fee_minor bigint check (fee_minor between 0 and 9007199254740991),
    reason text,
    attention text,
    constraint withdrawals_open_until_ended
      check ((state in ('paid', 'returned', 'reversed')) = (ended_at is not null)),
    constraint withdrawals_open_are_checked
      check (state not in ('requested', 'sending', 'sent') or next_check_at is not null),
    constraint withdrawals_gone_back_are_not_checked
      check (state not in ('returned', 'reversed') or next_check_at is null),
    constraint withdrawals_sent_are_known_to_the_provider check (
      (provider_object is null) = (sent_at is null)
      and (provider_object is null) = (fee_minor is null)
      and (state not in ('sent', 'paid', 'reversed') or provider_object is not null)
      and (state not in ('requested', 'sending') or provider_object is null)
    ),
    constraint withdrawals_gone_back_for_a_reason
      check ((state in ('returned', 'reversed')) = (reason is not null)),
    constraint withdrawals_sending_were_tried check (state <> 'sending' or attempts > 0)
  )`,
  `create unique index withdrawals_by_reference on withdrawals (provider, reference)`,
  `create unique index withdrawals_by_provider_object on withdrawals (provider, provider_object)
    where provider_object is not null`,
  `create index withdrawals_by_user on withdrawals (user_id, id)`,
  `create index withdrawals_by_next_check on withdrawals (next_check_at) where next_check_at is not null`,
  `create index withdrawals_open on withdrawals (user_id) where state in ('requested', 'sending', 'sent')`,
  `create index withdrawals_for_attention on withdrawals (id) where attention is not null`,

  // What was signed, which account it named and what was asked for, nobody may change afterwards.
  `grant select, insert on approvals, payout_accounts, withdrawals to errand_dash_application`,
  `grant update (state, consumed_at, refused_for, credential_id, public_key, client_data_json,
    authenticator_data, signature) on approvals to errand_dash_application`,
  `grant update (state, bank_name, account_name_sealed, recipient_code, ended_at, next_check_at, checks_made,
    leased_until, reason) on payout_accounts to errand_dash_application`,
  `grant update (state, sent_at, ended_at, next_check_at, checks_made, attempts, leased_until, provider_object,
    provider_status, fee_minor, reason, attention) on withdrawals to errand_dash_application`,
];
