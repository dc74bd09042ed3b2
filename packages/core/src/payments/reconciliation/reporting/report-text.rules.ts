import { after } from '../../../clock.ts';
import { amountText } from '../comparing/comparison.rules.ts';
import type { Drift, DriftObjects } from '../drifts/drift.ts';
import { isWholly, reconciliationSteps } from '../runs/reconciliation-steps.ts';
import type { StepProgress } from '../runs/run.store.ts';
import type { ReconciliationReport } from './get-reconciliation-report.query.ts';
import type { ReportedFloat, ReportedRun } from './report.store.ts';
import { presentObjects } from './report-json.rules.ts';

/** The report as people read it: naira with kobo, times of Lagos. */
export function writeReport(report: ReconciliationReport): string {
  const { day, madeAt, runs, floats, drifts } = report;
  const open = drifts.filter(({ state }) => state === 'open');
  const parts = [
    `Reconciliation with Paystack, ${day} (Africa/Lagos), as of ${clockText(madeAt)}`,
    section('What was read', runs.length === 0 ? ['Nothing was read on this day.'] : readLines(runs)),
    section('Float', floats.length === 0 ? ['Nothing has moved yet.'] : floats.flatMap(floatLines)),
    section(
      `Drifts: ${drifts.length} (${open.length} open)`,
      drifts.length === 0 ? ['The books that were read agree.'] : drifts.flatMap(driftLines),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n');

/** `2026-03-01 13:45:10`, an hour ahead of UTC. */
const clockText = (instant: Date): string =>
  after(instant, 3600).toISOString().slice(0, 19).replace('T', ' ');

/** Columns as wide as their widest cell; amounts stand to the right. */
function table(rows: readonly (readonly string[])[], rightColumns: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return rightColumns.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function readLines(runs: readonly ReportedRun[]): string[] {
  const head = ['began', 'ended', 'reads from', 'rows', 'state'];
  const rows = runs.map((run) => [
    clockText(run.startedAt),
    run.finishedAt === null ? '' : clockText(run.finishedAt),
    clockText(run.readsFrom),
    String(run.steps.reduce((sum, step) => sum + (reconciliationSteps[step.step].reads ? step.rows : 0), 0)),
    run.finishedAt === null ? 'NOT FINISHED' : 'read and compared',
  ]);
  const undone = runs.flatMap(({ steps }) => steps.filter((step) => !isWholly(step)).map(undoneLine));
  return [...table([head, ...rows], [3]), ...undone];
}

function undoneLine({ step, pages, failures, problem, doneAt }: StepProgress): string {
  const { reads, says } = reconciliationSteps[step];
  const far = pages === 0 || doneAt !== null ? '' : `, ${pages} ${pages === 1 ? 'page' : 'pages'} so far`;
  const asked = reads ? `, asked ${failures} ${failures === 1 ? 'time' : 'times'}` : '';
  const why = problem === null ? '' : `: ${problem}${asked}`;
  return `${reads ? 'NOT READ' : 'NOT COMPARED'}: ${says}${far}${why}`;
}

function floatLines(float: ReportedFloat): string[] {
  const { currency, providerBalanceMinor, providerBalanceAt } = float;
  const at = providerBalanceAt === null ? 'nothing read' : `row of ${clockText(providerBalanceAt)}`;
  const amount = (minor: bigint) => amountText(minor, currency);
  return table(
    [
      [`${currency}: the provider’s balance (${at})`, amount(providerBalanceMinor ?? 0n)],
      [`${currency}: our float`, amount(float.floatMinor)],
      [`${currency}: rows that our float has not followed`, amount(float.unfollowedMinor)],
      [`${currency}: transfers that differ`, amount(float.transfersMinor)],
      [`${currency}: unexplained`, amount(float.restMinor)],
    ],
    [1],
  );
}

function driftLines(drift: Drift): string[] {
  const { kind, money, cause, foundAt, closedAt, closedBy, repair, command } = drift;
  const amount = money === null ? '' : amountText(money.amountMinor, money.currency);
  const end = closedAt === null ? 'open' : `closed ${clockText(closedAt)} by ${closedBy}`;
  const proposal =
    repair === 'operator'
      ? 'an operator decides; there is no command for it yet'
      : `by its ordinary command ${command}`;
  return [
    `${kind}  ${amount}`.trimEnd(),
    `  found ${clockText(foundAt)}, ${end}`,
    `  ${cause}`,
    `  objects: ${objectsText(drift.objects)}`,
    `  repair: ${proposal}`,
  ];
}

function objectsText(objects: DriftObjects): string {
  const named = Object.entries(presentObjects(objects)).map(([name, value]) =>
    typeof value === 'string' ? `${name} ${value}` : `${name} ${JSON.stringify(value)}`,
  );
  return named.length === 0 ? 'none' : named.join(', ');
}
