import type { Db, Tx } from '@errand-dash/db';
import { PROVIDER } from '../../provider.ts';
import { type ReconciliationStep, stepsInOrder } from './reconciliation-steps.ts';

/** A run that somebody has on lease. `attempts` is the fence: a later claim has a higher one. */
export interface ClaimedRun {
  runId: string;
  attempts: number;
  startedAt: Date;
  readsFrom: Date;
}

export interface StepProgress {
  step: ReconciliationStep;
  cursor: string | null;
  pages: number;
  rows: number;
  failures: number;
  problem: string | null;
  doneAt: Date | null;
}

/** Whether a run could be taken now. Where none was ever made, one is due. */
export async function isRunDue(db: Db, now: Date): Promise<boolean> {
  const open = await openRun(db).executeTakeFirst();
  if (open === undefined) return true;
  return open.due_at <= now && (open.leased_until === null || open.leased_until <= now);
}

const openRun = (db: Db) =>
  db
    .selectFrom('reconciliation_runs')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('finished_at', 'is', null);

export interface OpenRun {
  runId: string;
  dueAt: Date;
  leasedUntil: Date | null;
  startedAt: Date | null;
  readsFrom: Date | null;
  attempts: number;
}

/** Locks the run that is not finished, and makes one, due now, where there is none. */
export async function lockOpenRun(tx: Tx, made: { runId: string; dueAt: Date }): Promise<OpenRun | null> {
  const find = () => openRun(tx).forUpdate().executeTakeFirst();
  let row = await find();
  if (row === undefined) {
    await insertRun(tx, made);
    row = await find();
  }
  if (row === undefined) return null;
  return {
    runId: row.id,
    dueAt: row.due_at,
    leasedUntil: row.leased_until,
    startedAt: row.started_at,
    readsFrom: row.reads_from,
    attempts: row.attempts,
  };
}

/** Writes a run that is to be worked, unless somebody else did. */
export async function insertRun(tx: Tx, { runId, dueAt }: { runId: string; dueAt: Date }): Promise<void> {
  await tx
    .insertInto('reconciliation_runs')
    .values({
      id: runId,
      provider: PROVIDER,
      due_at: dueAt,
      started_at: null,
      reads_from: null,
      attempts: 0,
      leased_until: null,
      finished_at: null,
    })
    .onConflict((conflict) => conflict.column('provider').where('finished_at', 'is', null).doNothing())
    .execute();
}

/** When the last run began that came to its end. */
export async function lastFinishedStart(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom('reconciliation_runs')
    .select('started_at')
    .where('provider', '=', PROVIDER)
    .where('finished_at', 'is not', null)
    .orderBy('finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at ?? null;
}

/** From when on every row of the provider's ledger was read, by this run or an earlier one. */
export async function coveredFromOf(db: Db, run: ClaimedRun): Promise<Date> {
  const row = await db
    .selectFrom('reconciliation_runs')
    .select('reads_from')
    .where('provider', '=', PROVIDER)
    .where('started_at', 'is not', null)
    .orderBy('started_at')
    .limit(1)
    .executeTakeFirst();
  return row?.reads_from ?? run.readsFrom;
}

export async function insertSteps(tx: Tx, runId: string): Promise<void> {
  const fresh = { cursor: null, pages: 0, rows: 0, failures: 0, problem: null, done_at: null };
  const rows = stepsInOrder.map((step) => ({ run_id: runId, step, ...fresh }));
  await tx.insertInto('reconciliation_steps').values(rows).execute();
}

export async function leaseRun(tx: Tx, run: ClaimedRun, leasedUntil: Date): Promise<void> {
  await tx
    .updateTable('reconciliation_runs')
    .set({
      started_at: run.startedAt,
      reads_from: run.readsFrom,
      attempts: run.attempts,
      leased_until: leasedUntil,
    })
    .where('id', '=', run.runId)
    .execute();
}

/**
 * Goes on with a run, or answers false where it was taken by somebody else since: then nothing of it may be written
 * any more. The row stays locked until the end of the transaction.
 */
export async function holdRun(
  tx: Tx,
  run: ClaimedRun,
  next: { leasedUntil: Date | null; dueAt?: Date; finishedAt?: Date },
): Promise<boolean> {
  const { leasedUntil, dueAt, finishedAt } = next;
  const { numUpdatedRows } = await tx
    .updateTable('reconciliation_runs')
    .set({
      leased_until: leasedUntil,
      ...(dueAt === undefined ? {} : { due_at: dueAt }),
      ...(finishedAt === undefined ? {} : { finished_at: finishedAt }),
    })
    .where('id', '=', run.runId)
    .where('attempts', '=', run.attempts)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Makes the open run due at this instant, unless it is due before it. */
export async function advanceDue(tx: Tx, runId: string, dueAt: Date): Promise<void> {
  await tx
    .updateTable('reconciliation_runs')
    .set({ due_at: dueAt })
    .where('id', '=', runId)
    .where('due_at', '>', dueAt)
    .execute();
}

/** The first step of a run that is not done yet; null where all are. */
export async function nextStep(db: Db, runId: string): Promise<StepProgress | null> {
  const steps = await listSteps(db, [runId]);
  return steps.find(({ doneAt }) => doneAt === null) ?? null;
}

/** The steps of runs, in the order in which they are done. */
export async function listSteps(
  db: Db,
  runIds: readonly string[],
): Promise<(StepProgress & { runId: string })[]> {
  if (runIds.length === 0) return [];
  const rows = await db
    .selectFrom('reconciliation_steps')
    .selectAll()
    .where('run_id', 'in', runIds)
    .orderBy('run_id')
    .execute();
  const steps = rows.map((row) => ({
    runId: row.run_id,
    step: row.step as ReconciliationStep,
    cursor: row.cursor,
    pages: row.pages,
    rows: row.rows,
    failures: row.failures,
    problem: row.problem,
    doneAt: row.done_at,
  }));
  return steps.toSorted((a, b) => stepsInOrder.indexOf(a.step) - stepsInOrder.indexOf(b.step));
}

export async function saveStep(tx: Tx, runId: string, progress: StepProgress): Promise<void> {
  const { step, cursor, pages, rows, failures, problem, doneAt } = progress;
  await tx
    .updateTable('reconciliation_steps')
    .set({ cursor, pages, rows, failures, problem, done_at: doneAt })
    .where('run_id', '=', runId)
    .where('step', '=', step)
    .execute();
}
