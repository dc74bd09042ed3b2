import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import { PROVIDER } from '../../provider.ts';
import { listSteps, type StepProgress } from '../runs/run.store.ts';

/** A run and how far it has come. */
export interface ReportedRun {
  runId: string;
  startedAt: Date;
  finishedAt: Date | null;
  readsFrom: Date;
  steps: StepProgress[];
}

/** The runs that went on at some time of a span, in the order in which they began. */
export async function listRunsOf(db: Db, span: { from: Date; to: Date }): Promise<ReportedRun[]> {
  const runs = await db
    .selectFrom('reconciliation_runs')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('started_at', '<', span.to)
    .where((run) => run.or([run('finished_at', 'is', null), run('finished_at', '>=', span.from)]))
    .orderBy('started_at')
    .execute();
  const steps = await listSteps(
    db,
    runs.map(({ id }) => id),
  );
  return runs.flatMap((run) => {
    const { id: runId, started_at: startedAt, finished_at: finishedAt, reads_from: readsFrom } = run;
    if (startedAt === null || readsFrom === null) return [];
    const own = steps.filter((step) => step.runId === runId);
    return { runId, startedAt, finishedAt, readsFrom, steps: own.map(({ runId: _run, ...step }) => step) };
  });
}

/** The float in one currency beside the provider's balance, and what lies between them. */
export interface ReportedFloat {
  currency: string;
  /** After the newest row of the provider's ledger that was read. Null: none was. */
  providerBalanceMinor: bigint | null;
  providerBalanceAt: Date | null;
  /** What our float says that the provider has for us. */
  floatMinor: bigint;
  /** Rows that brought something into the balance and that the float has not followed, or never will. */
  unfollowedMinor: bigint;
  /** Transfers that only one of the two books has, or has otherwise. */
  transfersMinor: bigint;
  /** What is left between the two: what the provider's balance began with, and where its ledger does not add up. */
  restMinor: bigint;
}

/** Of one statement, so that what is posted meanwhile is in all of the figures or in none. */
export async function listFloats(db: Db): Promise<ReportedFloat[]> {
  const { rows } = await sql<FloatRow>`
    with moved as (
      select accounts.currency, cause_type,
          sum(case when debit_account_id = accounts.id then amount_minor else -amount_minor end) as minor
        from accounts
        join transfers on accounts.id in (debit_account_id, credit_account_id)
        where accounts.purpose = 'float' and owner_id = ${PROVIDER}
        group by accounts.currency, cause_type
    ), newest as (
      select distinct on (currency) currency, balance_minor, created_at from provider_book_rows
        where provider = ${PROVIDER} order by currency, length(row_id) desc, row_id desc
    ), booked as (
      select currency,
          coalesce(sum(difference_minor) filter (where model = 'transfer'), 0) as transfers_minor,
          coalesce(sum(difference_minor) filter (where model <> 'transfer' and posted_at is null), 0)
            as unfollowed_minor
        from provider_book_rows where provider = ${PROVIDER} group by currency
    )
    select book.currency, newest.balance_minor::text as balance_minor, newest.created_at,
      coalesce((select sum(minor) from moved where moved.currency = book.currency), 0)::text as float_minor,
      coalesce(booked.unfollowed_minor, 0)::text as unfollowed_minor,
      (coalesce(booked.transfers_minor, 0) - coalesce((select minor from moved
        where moved.currency = book.currency and cause_type = 'withdrawal'), 0))::text as transfers_minor
    from (select currency from moved union select currency from newest) book
    left join newest on newest.currency = book.currency
    left join booked on booked.currency = book.currency
    order by book.currency`.execute(db);
  return rows.map(floatOf);
}

interface FloatRow {
  currency: string;
  balance_minor: string | null;
  created_at: Date | null;
  float_minor: string;
  unfollowed_minor: string;
  transfers_minor: string;
}

function floatOf(row: FloatRow): ReportedFloat {
  const providerBalanceMinor = row.balance_minor === null ? null : BigInt(row.balance_minor);
  const floatMinor = BigInt(row.float_minor);
  const unfollowedMinor = BigInt(row.unfollowed_minor);
  const transfersMinor = BigInt(row.transfers_minor);
  return {
    currency: row.currency,
    providerBalanceMinor,
    providerBalanceAt: row.created_at,
    floatMinor,
    unfollowedMinor,
    transfersMinor,
    restMinor: (providerBalanceMinor ?? 0n) - floatMinor - unfollowedMinor - transfersMinor,
  };
}
