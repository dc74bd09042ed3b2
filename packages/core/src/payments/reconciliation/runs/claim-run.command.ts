import { after } from '../../../clock.ts';
import { command } from '../../../command.ts';
import { readsFromOf } from './run.rules.ts';
import { type ClaimedRun, insertSteps, lastFinishedStart, leaseRun, lockOpenRun } from './run.store.ts';

/**
 * Takes the run that is due, or answers null where none is or somebody else has it. Who dies with it leaves it where
 * its last page was saved, for whoever comes when the lease is over.
 */
export const claimRun = command(
  'reconciliation.claim',
  async (tx, _input: Record<string, never>, context): Claimed => {
    const { now, policy } = context;
    const open = await lockOpenRun(tx, { runId: context.newId(), dueAt: now });
    const isFree = open !== null && (open.leasedUntil === null || open.leasedUntil <= now);
    if (open === null || !isFree || open.dueAt > now) return { result: null, isIdle: true };
    const { reconciliation } = policy;
    const readsFrom = open.readsFrom ?? readsFromOf(now, await lastFinishedStart(tx), reconciliation);
    const claimed: ClaimedRun = {
      runId: open.runId,
      attempts: open.attempts + 1,
      startedAt: open.startedAt ?? now,
      readsFrom,
    };
    await leaseRun(tx, claimed, after(now, reconciliation.leaseSeconds));
    if (open.startedAt === null) await insertSteps(tx, open.runId);
    return { result: claimed };
  },
);

type Claimed = Promise<{ result: ClaimedRun | null; isIdle?: boolean }>;
