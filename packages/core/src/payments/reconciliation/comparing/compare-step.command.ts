import type { Tx } from '@errand-dash/db';
import { after } from '../../../clock.ts';
import { type CommandContext, command } from '../../../command.ts';
import { type Compared, closeAgreed, insertFindings } from '../drifts/drift.store.ts';
import type { Finding } from '../drifts/drift.ts';
import type { DriftKind } from '../drifts/drift-kinds.ts';
import type { ComparingStep } from '../runs/reconciliation-steps.ts';
import { type ClaimedRun, coveredFromOf, holdRun, nextStep, saveStep } from '../runs/run.store.ts';
import { absentFinding, chainFinding, openingFinding } from './book.rules.ts';
import { listAbsent, listChain, listOpenings } from './book.store.ts';
import type { OwnBooks } from './check-own-books.ts';
import { compareTransaction } from './compare-transaction.rules.ts';
import { compareTransfer } from './compare-transfer.rules.ts';
import {
  type BookRow,
  bookRowSubject,
  type ComparisonContext,
  unmatchedRows,
  unsettled,
  type Verdict,
} from './comparison.rules.ts';
import { listSubjects, type Subject } from './subject.store.ts';

export type CompareStep = { run: ClaimedRun } & (
  | { step: Exclude<ComparingStep, 'invariants'> }
  /** What the rules came to, which are checked outside of any command. */
  | { step: 'invariants'; ownBooks: OwnBooks }
);

/** What one turn of a step found, and where the step goes on. */
interface Turn {
  findings: Finding[];
  /** What is not found any more is closed, in these respects. */
  compared: Pick<Compared, 'subjects' | 'kinds' | 'uncheckedInvariants'>[];
  rows: number;
  cursor: string | null;
  /** What of the step could not be compared. */
  problem?: string;
}

const ROWS_MAX = 200;

/**
 * Compares the next part of what the run has read, and writes what does not agree. Answers how many rows it looked
 * at, or null where the run was taken by somebody else since.
 */
export const compareStep = command('reconciliation.compare', async (tx, input: CompareStep, context) => {
  const { run, step } = input;
  const { now, policy, newId } = context;
  const isHeld = await holdRun(tx, run, { leasedUntil: after(now, policy.reconciliation.leaseSeconds) });
  const progress = isHeld ? await nextStep(tx, run.runId) : null;
  if (progress === null || progress.step !== step) return { result: null };
  const turn =
    input.step === 'invariants'
      ? ownBooksTurn(input.ownBooks)
      : await turns[input.step](tx, run, progress.cursor, context);
  for (const compared of turn.compared) {
    await closeAgreed(tx, { ...compared, findings: turn.findings, now });
  }
  const written = await insertFindings(tx, turn.findings, { runId: run.runId, now, newId });
  await saveStep(tx, run.runId, {
    ...progress,
    cursor: turn.cursor,
    pages: progress.pages + 1,
    rows: progress.rows + turn.rows,
    problem: turn.problem ?? null,
    doneAt: turn.cursor === null ? now : null,
  });
  if (written > 0) {
    context.core.log('error', 'the books do not agree', { runId: run.runId, step, drifts: written });
  }
  return { result: turn.rows as number | null, wake: written > 0 ? ['close-drifts'] : [] };
});

type TakeTurn = (tx: Tx, run: ClaimedRun, cursor: string | null, context: CommandContext) => Promise<Turn>;

const turns: Readonly<Record<Exclude<ComparingStep, 'invariants'>, TakeTurn>> = {
  objects: compareObjects,
  absences: findAbsences,
  chain: followChain,
  float: compareOpenings,
};

const ofObjects = [
  'webhook_missed',
  'provider_object_unknown',
  'amount_differs',
  'fee_differs',
  'status_differs',
  'book_row_unmatched',
  'book_row_missing',
  'duplicate_effect',
] as const satisfies DriftKind[];

async function compareObjects(
  tx: Tx,
  run: ClaimedRun,
  cursor: string | null,
  { now, policy }: CommandContext,
): Promise<Turn> {
  const beyond = cursor === null ? null : JSON.parse(cursor);
  const subjects = await listSubjects(tx, run.runId, { beyond, limit: ROWS_MAX });
  const comparison: ComparisonContext = {
    now,
    startedAt: run.startedAt,
    coveredFrom: await coveredFromOf(tx, run),
    settleWithinSeconds: policy.reconciliation.settleWithinSeconds,
  };
  const findings: Finding[] = [];
  const judged: string[] = [];
  const listed: string[] = [];
  for (const subject of subjects) {
    const name = subjectName(subject);
    if (isListed(subject)) listed.push(name);
    const verdict = compareSubject(subject, comparison);
    if (!verdict.isSettled) continue;
    judged.push(name, ...rowsOf(subject).map(({ rowId }) => bookRowSubject(rowId)));
    findings.push(...verdict.findings);
  }
  const last = subjects.at(-1);
  return {
    findings,
    compared: [
      { subjects: judged, kinds: ofObjects },
      { subjects: listed, kinds: ['provider_object_missing'] },
    ],
    rows: subjects.length,
    cursor: last !== undefined && subjects.length === ROWS_MAX ? JSON.stringify(last.place) : null,
  };
}

function rowsOf(subject: Subject): readonly BookRow[] {
  if (subject.kind === 'other') return subject.rows;
  return subject.kind === 'transaction' ? subject.transaction.rows : subject.transfer.rows;
}

const subjectName = ({ place }: Subject): string => `${place.model}/${place.objectId}`;

function isListed(subject: Subject): boolean {
  if (subject.kind === 'other') return false;
  const { object } = subject.kind === 'transaction' ? subject.transaction : subject.transfer;
  return object?.isCurrent === true;
}

function compareSubject(subject: Subject, comparison: ComparisonContext): Verdict {
  switch (subject.kind) {
    case 'transaction':
      return compareTransaction(subject.transaction, comparison);
    case 'transfer':
      return compareTransfer(subject.transfer, comparison);
    case 'other': {
      if (subject.rows.some(({ isLate }) => isLate)) return unsettled;
      const findings = unmatchedRows(subjectName(subject), subject.rows, 'we know nothing of this kind');
      return { isSettled: true, findings };
    }
  }
}

/** What is found leaves the list of the next turn, so that no place needs to be kept. */
async function findAbsences(
  tx: Tx,
  run: ClaimedRun,
  _cursor: string | null,
  { policy }: CommandContext,
): Promise<Turn> {
  const listedFrom = after(run.readsFrom, 2 * policy.reconciliation.clockMarginSeconds);
  const absent = await listAbsent(tx, run, { listedFrom, limit: ROWS_MAX });
  return {
    findings: absent.map(absentFinding),
    compared: [],
    rows: absent.length,
    cursor: absent.length === ROWS_MAX ? 'more' : null,
  };
}

async function followChain(tx: Tx, run: ClaimedRun, cursor: string | null): Promise<Turn> {
  const beyond = cursor === null ? null : JSON.parse(cursor);
  const rows = await listChain(tx, run.runId, { beyond, limit: ROWS_MAX });
  const last = rows.at(-1);
  const place = last === undefined ? null : { currency: last.currency, rowId: last.rowId };
  return {
    findings: rows.map(chainFinding).filter((finding) => finding !== null),
    compared: [
      { subjects: rows.map(({ rowId }) => bookRowSubject(rowId)), kinds: ['running_balance_differs'] },
    ],
    rows: rows.length,
    cursor: rows.length === ROWS_MAX ? JSON.stringify(place) : null,
  };
}

async function compareOpenings(tx: Tx): Promise<Turn> {
  const openings = await listOpenings(tx);
  return {
    findings: openings.map(openingFinding).filter((finding) => finding !== null),
    compared: [{ subjects: null, kinds: ['float_differs'] }],
    rows: openings.length,
    cursor: null,
  };
}

/** Of a rule that was not checked nothing is known, so that nothing found of it before is taken for mended. */
function ownBooksTurn({ findings, checked, unchecked }: OwnBooks): Turn {
  return {
    findings,
    compared: [{ subjects: null, kinds: ['invariant_broken'], uncheckedInvariants: unchecked }],
    rows: checked,
    cursor: null,
    ...(unchecked.length === 0 ? {} : { problem: `not checked: ${unchecked.join(', ')}` }),
  };
}
