import { command } from '../../../command.ts';
import type { ReadingStep } from './reconciliation-steps.ts';
import { retryAt } from './run.rules.ts';
import { type ClaimedRun, holdRun, nextStep, saveStep } from './run.store.ts';

export interface SaveProblem {
  run: ClaimedRun;
  step: ReadingStep;
  /** Why the provider's page was not read. */
  problem: string;
  retryAfterSeconds: number | null;
  /** The provider does not take the place any more at which it was to go on. */
  isPlaceLost: boolean;
}

/** Keeps that a page could not be read and when it is tried again. What was read before stays, and is not judged. */
export const saveProblem = command('reconciliation.saveProblem', async (tx, input: SaveProblem, context) => {
  const { run, problem, isPlaceLost } = input;
  const { now, policy } = context;
  const progress = await nextStep(tx, run.runId);
  if (progress === null || progress.step !== input.step) return { result: false };
  const failures = progress.failures + 1;
  const dueAt = retryAt(now, failures, input.retryAfterSeconds, policy.reconciliation);
  const isHeld = await holdRun(tx, run, { leasedUntil: null, dueAt });
  if (!isHeld) return { result: false };
  const cursor = isPlaceLost ? null : progress.cursor;
  await saveStep(tx, run.runId, { ...progress, failures, problem, cursor });
  return { result: true };
});
