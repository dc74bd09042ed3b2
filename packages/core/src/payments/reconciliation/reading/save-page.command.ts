import { after } from '../../../clock.ts';
import { command } from '../../../command.ts';
import { bookRowSubject } from '../comparing/comparison.rules.ts';
import { closeAgreed, insertFindings } from '../drifts/drift.store.ts';
import type { ReadingStep } from '../runs/reconciliation-steps.ts';
import { type ClaimedRun, holdRun, nextStep, saveStep } from '../runs/run.store.ts';
import { findRowChange, type ReadRow } from './provider-book.rules.ts';
import { findRows, type StoredRow, saveObjects, saveRows } from './provider-book.store.ts';
import type { ReadPage } from './read-page.ts';

export interface SavePage {
  run: ClaimedRun;
  step: ReadingStep;
  page: ReadPage;
}

/**
 * Saves a page of the provider's with the place at which the list goes on, or answers false where the run was taken
 * by somebody else since. Objects are kept as they are now, rows as they were first read.
 */
export const savePage = command('reconciliation.savePage', async (tx, input: SavePage, context) => {
  const { run, step } = input;
  const page = { ...input.page, ...withoutRepeats(input.page) };
  const { now, policy } = context;
  const isHeld = await holdRun(tx, run, {
    leasedUntil: after(now, policy.reconciliation.leaseSeconds),
  });
  const progress = isHeld ? await nextStep(tx, run.runId) : null;
  if (progress === null || progress.step !== step) return { result: false };
  const reading = { runId: run.runId, readAt: now };
  await saveObjects(tx, page.objects, reading);
  const known = await findRows(
    tx,
    page.rows.map(({ rowId }) => rowId),
  );
  const isSecondLook = step === 'book_again';
  const isFirstLook = ({ runId, isLate }: StoredRow) => runId === run.runId && !isLate;
  const seen = new Set(isSecondLook ? known.filter(isFirstLook).map(({ rowId }) => rowId) : []);
  const news = page.rows.filter(({ rowId }) => !seen.has(rowId));
  await saveRows(tx, news, { ...reading, isLate: isSecondLook });
  const drifts = await keepChanges(tx, page.rows, known, { ...reading, newId: context.newId });
  // Newest first: below a row that was there at the first look, everything was.
  const isOver = page.nextCursor === null || seen.size > 0;
  await saveStep(tx, run.runId, {
    ...progress,
    cursor: isOver ? null : page.nextCursor,
    pages: progress.pages + 1,
    rows: progress.rows + page.objects.length + page.rows.length,
    problem: null,
    doneAt: isOver ? now : null,
  });
  if (drifts > 0)
    context.core.log('error', 'the provider’s ledger was changed', { runId: run.runId, drifts });
  return { result: true, wake: page.rows.length > 0 ? ['settle-book-rows'] : [] };
});

/** A list may show the same twice on one page, while new ones come in above. */
const withoutRepeats = ({ objects, rows }: ReadPage): Pick<ReadPage, 'objects' | 'rows'> => ({
  objects: [...new Map(objects.map((object) => [object.objectId, object])).values()],
  rows: [...new Map(rows.map((row) => [row.rowId, row])).values()],
});

/** Rows that say something else than before are drifts; those that say it again are none any more. */
async function keepChanges(
  tx: Parameters<typeof saveRows>[0],
  rows: readonly ReadRow[],
  known: readonly StoredRow[],
  reading: { runId: string; readAt: Date; newId: () => string },
): Promise<number> {
  const stored = new Map(known.map((row) => [row.rowId, row]));
  const findings = rows.flatMap((row) => {
    const before = stored.get(row.rowId);
    return before === undefined ? [] : (findRowChange(before, row) ?? []);
  });
  const subjects = known.map(({ rowId }) => bookRowSubject(rowId));
  await closeAgreed(tx, { subjects, kinds: ['book_row_changed'], findings, now: reading.readAt });
  return insertFindings(tx, findings, { runId: reading.runId, now: reading.readAt, newId: reading.newId });
}
