import type { LedgerInvariant } from '@errand-dash/db';
import type { Core } from '../../core.ts';
import { query } from '../../query.ts';
import { clockCall, type Sweep } from '../../sweep.ts';
import { checkOwnBooks } from './comparing/check-own-books.ts';
import { compareStep } from './comparing/compare-step.command.ts';
import { readPage } from './reading/read-page.ts';
import { savePage } from './reading/save-page.command.ts';
import { claimRun } from './runs/claim-run.command.ts';
import { finishRun } from './runs/finish-run.command.ts';
import { type ComparingStep, isReading, type ReadingStep } from './runs/reconciliation-steps.ts';
import { releaseRun } from './runs/release-run.command.ts';
import { type ClaimedRun, isRunDue, nextStep } from './runs/run.store.ts';
import { saveProblem } from './runs/save-problem.command.ts';
import { whileHeld } from './runs/while-held.ts';

/**
 * Reads the provider's books, compares them with ours, and writes down every drift. It moves no money. One page, or
 * one part of a comparison, after the other, each saved with its place: whoever comes next goes on there. Nothing is
 * compared before everything was read. The rules of our own books are given, since they belong to every module.
 */
export const createReconcile =
  (invariants: readonly LedgerInvariant[]): Sweep =>
  async (core, limit, isStopping = () => false) => {
    if (!(await isDue(core, call, {}))) return 0;
    const run = await claimRun(core, call, {});
    if (run === null) return 0;
    for (let turn = 0; turn < limit && !isStopping(); turn += 1) {
      const progress = await findNextStep(core, call, { run });
      if (progress === null) {
        await finishRun(core, call, { run });
        return turn + 1;
      }
      const { step, cursor } = progress;
      const isDone = isReading(step)
        ? await readOn(core, run, step, cursor)
        : await compare(core, run, step, invariants, isStopping);
      if (!isDone) return turn;
    }
    await releaseRun(core, call, { run });
    return limit;
  };

const call = clockCall('reconciliation.run');

const isDue = query('reconciliation.isDue', (db, _input: Record<string, never>, { now }) =>
  isRunDue(db, now),
);

const findNextStep = query('reconciliation.nextStep', (db, { run }: { run: ClaimedRun }) =>
  nextStep(db, run.runId),
);

/**
 * Compares the next part of a step and saves what it found. False: the process stops, or somebody else has taken the
 * run. Our own books are read before the run's row is locked, since it may take minutes.
 */
async function compare(
  core: Core,
  run: ClaimedRun,
  step: ComparingStep,
  invariants: readonly LedgerInvariant[],
  isStopping: () => boolean,
): Promise<boolean> {
  if (step !== 'invariants') return (await compareStep(core, call, { run, step })) !== null;
  const ownBooks = await whileHeld(core, run, (isLost) =>
    checkOwnBooks(core, invariants, () => isLost() || isStopping()),
  );
  if (ownBooks !== null) return (await compareStep(core, call, { run, step, ownBooks })) !== null;
  await releaseRun(core, call, { run });
  return false;
}

/** Reads one page and saves it. False: the provider did not answer, or somebody else has taken the run. */
async function readOn(
  core: Core,
  run: ClaimedRun,
  step: ReadingStep,
  cursor: string | null,
): Promise<boolean> {
  const answer = await readPage(core, step, run, cursor);
  if (answer.outcome === 'read') return savePage(core, call, { run, step, page: answer.page });
  const { problem, retryAfterSeconds, isPlaceLost } = answer;
  core.log('error', 'the provider’s books could not be read', { runId: run.runId, step, problem });
  await saveProblem(core, call, { run, step, problem, retryAfterSeconds, isPlaceLost });
  return false;
}
