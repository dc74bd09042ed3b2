import { type Kysely, sql } from 'kysely';

/**
 * Escrows and errands. The application may change only what changes in their lives: the numbers that an errand
 * was posted with, its parties' money and its place are written once.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table escrows (
    id uuid primary key,
    state text not null constraint escrows_state check (state in ('held', 'released', 'refunded', 'split')),
    currency text not null,
    amount_minor bigint not null check (amount_minor between 1 and 9007199254740991),
    payer_id uuid not null references users,
    payee_id uuid references users,
    cause_type text not null check (cause_type = 'errand'),
    cause_id uuid not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    unique (cause_type, cause_id),
    check (payer_id <> payee_id),
    check ((state = 'held') = (ended_at is null)),
    check (payee_id is not null or state in ('held', 'refunded'))
  )`,
  `create index escrows_held_by_payer on escrows (payer_id) where state = 'held'`,

  `create table errands (
    id uuid primary key,
    escrow_id uuid not null unique references escrows,
    state text not null constraint errands_state check (state in
      ('posted', 'accepted', 'started', 'completed', 'confirmed', 'cancelled', 'expired')),
    version integer not null check (version >= 1),
    kind text not null check (kind = 'buy_and_deliver'),
    sender_id uuid not null references users,
    runner_id uuid references users,
    title text not null,
    description text not null,
    items jsonb not null,
    currency text not null,
    reward_minor bigint not null check (reward_minor between 1 and 9007199254740991),
    goods_budget_minor bigint not null check (goods_budget_minor between 0 and 9007199254740991),
    goods_spent_minor bigint check (goods_spent_minor between 0 and goods_budget_minor),
    commission_minor bigint not null check (commission_minor between 0 and reward_minor),
    late_cancellation_minor bigint not null check (late_cancellation_minor between 0 and reward_minor),
    started_cancellation_minor bigint not null check (started_cancellation_minor between 0 and reward_minor),
    free_cancellation_seconds integer not null,
    start_within_seconds integer not null,
    confirm_within_seconds integer not null,
    fine_cell text not null check (fine_cell ~ '^[0-9a-f]{15}$'),
    coarse_cell text not null check (coarse_cell ~ '^[0-9a-f]{15}$'),
    cell_latitude double precision not null,
    cell_longitude double precision not null,
    deliver_to_sealed bytea not null,
    receipt_sealed bytea,
    due_at timestamptz not null,
    posted_at timestamptz not null,
    accepted_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    ended_at timestamptz,
    expires_at timestamptz not null check (expires_at <= due_at),
    reopens_at timestamptz,
    lapses_at timestamptz not null,
    confirms_at timestamptz,
    check (sender_id <> runner_id),
    check ((runner_id is null) = (accepted_at is null)),
    check (state not in ('posted', 'expired') or runner_id is null),
    check (state not in ('accepted', 'started', 'completed', 'confirmed') or runner_id is not null),
    check (state not in ('started', 'completed', 'confirmed') or started_at is not null),
    check ((state in ('completed', 'confirmed')) = (completed_at is not null)),
    check ((completed_at is null) = (goods_spent_minor is null)),
    check ((completed_at is null) = (receipt_sealed is null)),
    check ((state in ('confirmed', 'cancelled', 'expired')) = (ended_at is not null)),
    check (state <> 'accepted' or reopens_at is not null),
    check (state <> 'completed' or confirms_at is not null)
  )`,
  `create index errands_by_sender on errands (sender_id, id)`,
  `create index errands_by_runner on errands (runner_id, id) where runner_id is not null`,
  `create index errands_open_by_cell on errands (coarse_cell, expires_at) where state = 'posted'`,
  `create index errands_to_expire on errands (expires_at, id) where state = 'posted'`,
  `create index errands_to_reopen on errands (reopens_at, id) where state = 'accepted'`,
  `create index errands_to_lapse on errands (lapses_at, id) where state = 'started'`,
  `create index errands_to_confirm on errands (confirms_at, id) where state = 'completed'`,

  `grant select, insert on escrows, errands to errand_dash_application`,
  `grant update (state, payee_id, ended_at) on escrows to errand_dash_application`,
  `grant update (state, version, runner_id, goods_spent_minor, receipt_sealed, accepted_at, started_at,
      completed_at, ended_at, reopens_at, confirms_at)
    on errands to errand_dash_application`,
];
