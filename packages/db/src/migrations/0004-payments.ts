import { type Kysely, sql } from 'kysely';

/** Top-ups and the inbox of webhooks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table top_ups (
    id uuid primary key,
    user_id uuid not null references users,
    state text not null
      check (state in ('created', 'pending', 'succeeded', 'failed', 'abandoned', 'mismatched')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor between 1 and 9007199254740991),
    provider text not null check (provider in ('paystack')),
    reference text not null check (reference ~ '^[a-z0-9-]{16,50}$'),
    checkout_url text,
    email_sealed bytea,
    created_at timestamptz not null,
    ended_at timestamptz,
    next_check_at timestamptz,
    checks_made integer not null default 0 check (checks_made >= 0),
    leased_until timestamptz,
    provider_object text,
    paid_minor bigint check (paid_minor between 0 and 9007199254740991),
    paid_currency text check (paid_currency ~ '^[A-Z]{3}$'),
    provider_fee_minor bigint check (provider_fee_minor between 0 and 9007199254740991),
    reason text,
    constraint top_ups_open_until_ended check ((state in ('created', 'pending')) = (ended_at is null)),
    constraint top_ups_checkout_while_pending check (checkout_url is null or state = 'pending'),
    constraint top_ups_email_until_opened check ((email_sealed is not null) = (state = 'created')),
    constraint top_ups_open_are_checked
      check (state not in ('created', 'pending') or next_check_at is not null),
    constraint top_ups_money_is_settled check (
      (state in ('succeeded', 'mismatched')) = (provider_object is not null)
      and (provider_object is null) = (paid_minor is null)
      and (provider_object is null) = (paid_currency is null)
      and (provider_object is null) = (provider_fee_minor is null)
      and (provider_object is null or next_check_at is null)
    )
  )`,
  `create unique index top_ups_by_reference on top_ups (provider, reference)`,
  `create unique index top_ups_by_provider_object on top_ups (provider, provider_object)
    where provider_object is not null`,
  `create index top_ups_by_user on top_ups (user_id, id)`,
  `create index top_ups_by_next_check on top_ups (next_check_at) where next_check_at is not null`,
  `create index top_ups_mismatched on top_ups (id) where state = 'mismatched'`,

  // The body may be anything that was signed; what is read out of it is bounded before it comes here.
  `create table webhook_deliveries (
    id uuid primary key,
    provider text not null check (provider in ('paystack')),
    state text not null check (state in ('waiting', 'worked', 'set_aside')),
    reason text,
    body_sealed bytea not null,
    event text,
    domain text,
    reference text,
    object_id text,
    received_at timestamptz not null,
    next_attempt_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    worked_at timestamptz,
    constraint webhook_deliveries_waiting_are_due check ((state = 'waiting') = (next_attempt_at is not null)),
    constraint webhook_deliveries_worked_at check ((state = 'worked') = (worked_at is not null)),
    constraint webhook_deliveries_set_aside_for_a_reason check ((state = 'set_aside') = (reason is not null))
  )`,
  `create index webhook_deliveries_by_next_attempt on webhook_deliveries (next_attempt_at)
    where next_attempt_at is not null`,
  `create index webhook_deliveries_set_aside on webhook_deliveries (id) where state = 'set_aside'`,
  `create index webhook_deliveries_by_reference on webhook_deliveries (provider, reference)
    where reference is not null`,

  // What a payment was asked for, and what a webhook said, nobody may change afterwards.
  `grant select, insert on top_ups, webhook_deliveries to errand_dash_application`,
  `grant update (state, checkout_url, email_sealed, ended_at, next_check_at, checks_made, leased_until,
    provider_object, paid_minor, paid_currency, provider_fee_minor, reason)
    on top_ups to errand_dash_application`,
  `grant update (state, reason, next_attempt_at, attempts, worked_at)
    on webhook_deliveries to errand_dash_application`,
];
