import { formatId } from '@errand-dash/contract';
import type { Drift, DriftObjects } from '../drifts/drift.ts';
import { isReading, isWholly } from '../runs/reconciliation-steps.ts';
import type { ReconciliationReport } from './get-reconciliation-report.query.ts';
import type { ReportedFloat, ReportedRun } from './report.store.ts';

/** The report as plain JSON: integers of minor units, ISO 8601, ids in their public form. */
export function presentReport(report: ReconciliationReport) {
  const { day, from, to, madeAt, runs, floats, drifts } = report;
  const unread = runs.flatMap(({ steps }) =>
    steps.filter(({ step, doneAt }) => doneAt === null && isReading(step)).map(({ step }) => step),
  );
  return {
    day,
    timeZone: 'Africa/Lagos',
    from: from.toISOString(),
    to: to.toISOString(),
    madeAt: madeAt.toISOString(),
    /** Whether every run of the day has read everything and compared it. */
    isComplete:
      runs.length > 0 && runs.every(({ finishedAt, steps }) => finishedAt !== null && steps.every(isWholly)),
    notRead: unread,
    runs: runs.map(presentRun),
    floats: floats.map(presentFloat),
    drifts: drifts.map(presentDrift),
  };
}

function presentRun({ runId, startedAt, finishedAt, readsFrom, steps }: ReportedRun) {
  return {
    runId: formatId('reconciliation', runId),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    readsFrom: readsFrom.toISOString(),
    steps: steps.map(({ step, pages, rows, failures, problem, doneAt }) => {
      return { step, pages, rows, failures, problem, doneAt: doneAt?.toISOString() ?? null };
    }),
  };
}

function presentFloat(float: ReportedFloat) {
  const { currency, providerBalanceMinor, providerBalanceAt } = float;
  return {
    currency,
    providerBalanceMinor: providerBalanceMinor === null ? null : Number(providerBalanceMinor),
    providerBalanceAt: providerBalanceAt?.toISOString() ?? null,
    floatMinor: Number(float.floatMinor),
    unfollowedMinor: Number(float.unfollowedMinor),
    transfersMinor: Number(float.transfersMinor),
    restMinor: Number(float.restMinor),
  };
}

/** A drift as plain JSON. */
export function presentDrift(drift: Drift) {
  const { money, foundAt, closedAt, closedBy, objects, kind, state, cause, repair, command } = drift;
  return {
    driftId: formatId('drift', drift.id),
    kind,
    state,
    amountMinor: money === null ? null : Number(money.amountMinor),
    currency: money?.currency ?? null,
    cause,
    objects: presentObjects(objects),
    proposedRepair: { by: repair, command },
    foundAt: foundAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
    closedBy,
  };
}

/** Our own ids in their public form, the provider's as they are. */
export function presentObjects({ topUpId, withdrawalId, ...rest }: DriftObjects) {
  return {
    ...(topUpId === undefined ? {} : { topUpId: formatId('topUp', topUpId) }),
    ...(withdrawalId === undefined ? {} : { withdrawalId: formatId('withdrawal', withdrawalId) }),
    ...rest,
  };
}
