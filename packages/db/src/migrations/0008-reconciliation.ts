import { type Kysely, sql } from 'kysely';

/**
 * What was read of the provider's lists and of its balance ledger, the runs that read and compared it, and the drifts
 * that they found. Ids, states and amounts only: nothing personal.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // The one that is not finished is the due row: it is worked from `due_at` on, by whoever has it on lease.
  `create table reconciliation_runs (
    id uuid primary key,
    provider text not null check (provider in ('paystack')),
    due_at timestamptz not null,
    started_at timestamptz,
    reads_from timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    leased_until timestamptz,
    finished_at timestamptz,
    constraint reconciliation_runs_begun_whole check ((started_at is null) = (reads_from is null)),
    constraint reconciliation_runs_finished_begun check (finished_at is null or started_at is not null)
  )`,
  `create unique index reconciliation_runs_open on reconciliation_runs (provider) where finished_at is null`,
  `create index reconciliation_runs_by_finish on reconciliation_runs (provider, finished_at)`,
  `create index reconciliation_runs_by_start on reconciliation_runs (provider, started_at)`,

  // How far each step of a run has come. What is not done was not read, or not compared.
  `create table reconciliation_steps (
    run_id uuid not null references reconciliation_runs,
    step text not null constraint reconciliation_steps_step check (step in
      ('book', 'transactions', 'transfers', 'book_again', 'objects', 'absences', 'chain', 'float', 'invariants')),
    cursor text,
    pages integer not null default 0 check (pages >= 0),
    rows integer not null default 0 check (rows >= 0),
    failures integer not null default 0 check (failures >= 0),
    problem text,
    done_at timestamptz,
    primary key (run_id, step)
  )`,

  `create table provider_objects (
    provider text not null check (provider in ('paystack')),
    kind text not null check (kind in ('transaction', 'transfer')),
    object_id text not null,
    reference text not null,
    status text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor between 0 and 9007199254740991),
    fee_minor bigint check (fee_minor between 0 and 9007199254740991),
    created_at timestamptz,
    run_id uuid not null references reconciliation_runs,
    first_read_at timestamptz not null,
    read_at timestamptz not null,
    primary key (provider, kind, object_id)
  )`,
  `create index provider_objects_by_run on provider_objects (run_id, kind, object_id)`,

  // As it was first read: a row that says something else later is a drift, not a correction.
  `create table provider_book_rows (
    provider text not null check (provider in ('paystack')),
    row_id text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    difference_minor bigint not null,
    balance_minor bigint not null,
    model text not null,
    model_row text not null,
    created_at timestamptz not null,
    run_id uuid not null references reconciliation_runs,
    is_late boolean not null,
    first_read_at timestamptz not null,
    read_at timestamptz not null,
    posted_at timestamptz,
    primary key (provider, row_id)
  )`,
  `create index provider_book_rows_by_model on provider_book_rows (provider, model, model_row)`,
  `create index provider_book_rows_by_run on provider_book_rows (run_id, model, model_row)`,
  `create index provider_book_rows_in_order on provider_book_rows (provider, currency, length(row_id), row_id)`,
  `create index provider_book_rows_unposted on provider_book_rows (model_row)
    where model = 'transaction' and posted_at is null`,

  `create table drifts (
    id uuid primary key,
    provider text not null check (provider in ('paystack')),
    run_id uuid not null references reconciliation_runs,
    kind text not null constraint drifts_kind check (kind in
      ('webhook_missed', 'provider_object_unknown', 'provider_object_missing', 'amount_differs', 'fee_differs',
       'status_differs', 'book_row_unmatched', 'book_row_missing', 'book_row_changed', 'running_balance_differs',
       'float_differs', 'duplicate_effect', 'invariant_broken')),
    state text not null constraint drifts_state check (state in ('open', 'closed')),
    subject text not null,
    currency text check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint check (amount_minor >= 0),
    objects jsonb not null,
    cause text not null,
    repair text not null check (repair in ('ordinary_command', 'operator')),
    command text,
    found_at timestamptz not null,
    next_attempt_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    closed_at timestamptz,
    closed_by text,
    constraint drifts_amount_has_a_currency check ((currency is null) = (amount_minor is null)),
    constraint drifts_ordinary_command_is_named check ((repair = 'ordinary_command') = (command is not null)),
    constraint drifts_ordinary_ones_are_due
      check ((repair = 'ordinary_command' and state = 'open') = (next_attempt_at is not null)),
    constraint drifts_closed_by_something check (
      (state = 'closed') = (closed_at is not null) and (closed_at is null) = (closed_by is null))
  )`,
  // A drift that is found again is not written again.
  `create unique index drifts_open_once on drifts (provider, subject, kind, currency, amount_minor)
    nulls not distinct where state = 'open'`,
  `create index drifts_by_next_attempt on drifts (next_attempt_at) where next_attempt_at is not null`,
  `create index drifts_by_found on drifts (found_at)`,
  `create index drifts_by_closed on drifts (closed_at) where closed_at is not null`,

  // What was paid and sent lately, which the provider must list.
  `create index top_ups_by_payment on top_ups (ended_at) where provider_object is not null`,
  `create index withdrawals_by_sending on withdrawals (sent_at) where provider_object is not null`,

  `grant select, insert on reconciliation_runs, reconciliation_steps, provider_objects, provider_book_rows, drifts
    to errand_dash_application`,
  `grant update (due_at, started_at, reads_from, attempts, leased_until, finished_at)
    on reconciliation_runs to errand_dash_application`,
  `grant update (cursor, pages, rows, failures, problem, done_at)
    on reconciliation_steps to errand_dash_application`,
  `grant update (reference, status, currency, amount_minor, fee_minor, created_at, run_id, read_at)
    on provider_objects to errand_dash_application`,
  `grant update (run_id, is_late, read_at, posted_at) on provider_book_rows to errand_dash_application`,
  `grant update (state, next_attempt_at, attempts, closed_at, closed_by) on drifts to errand_dash_application`,
];
