import { decideLagosDay, type LagosDay, lagosDayOf } from '../../../lagos-day.rules.ts';
import { query } from '../../../query.ts';
import { orThrow } from '../../../refusal.ts';
import { requireServer } from '../../../users/index.ts';
import { listDriftsOf } from '../drifts/drift.store.ts';
import type { Drift } from '../drifts/drift.ts';
import { listFloats, listRunsOf, type ReportedFloat, type ReportedRun } from './report.store.ts';

/** What reconciliation did and found on a day. */
export interface ReconciliationReport extends LagosDay {
  madeAt: Date;
  /** The runs that went on during the day, with what each has read and what it has not. */
  runs: ReportedRun[];
  /** The float beside the provider's balance, as both stand when the report is made. */
  floats: ReportedFloat[];
  /** What was open at some time of the day. */
  drifts: Drift[];
}

/**
 * The report of a calendar day in Lagos, today unless another is given. It reads only. For who works on the server: refuses everybody
 * else with `ROLE_MISSING`, and a day that is none with `INPUT_INVALID`.
 */
export const getReconciliationReport = query(
  'reconciliation.report',
  async (db, input: { day?: string | undefined }, { viewer, now }): Promise<ReconciliationReport> => {
    orThrow(requireServer(viewer));
    const day = input.day === undefined ? lagosDayOf(now) : orThrow(decideLagosDay(input.day));
    // Of one snapshot, so that a run that ends meanwhile is in all of it or in none.
    return db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (snapshot) => ({
        ...day,
        madeAt: now,
        runs: await listRunsOf(snapshot, day),
        floats: await listFloats(snapshot),
        drifts: await listDriftsOf(snapshot, day),
      }));
  },
);
