import { type Core, getReconciliationReport, presentReport, writeReport } from '@errand-dash/core';

export interface PrintReport {
  /** `2026-03-01`, a day in Lagos; today where none is given. */
  day: string | undefined;
  isJson: boolean;
}

/** The report of reconciliation, for the standard output. Reads only. */
export async function printReport(core: Core, { day, isJson }: PrintReport): Promise<string> {
  const call = {
    caller: { kind: 'server', task: 'report' },
    idempotencyKey: null,
    requestId: 'worker.report',
  } as const;
  const report = await getReconciliationReport(core, call, { day });
  return isJson ? `${JSON.stringify(presentReport(report), null, 2)}\n` : writeReport(report);
}
