import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startBenchDatabase } from './bench-database.ts';
import type { BenchRow, RowResult } from './bench-row.ts';
import { measureRow } from './measure-row.ts';
import { rows } from './rows/index.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '4' },
  },
});

await main();

async function main(): Promise<void> {
  const chosen = chooseRows();
  const database = await startBenchDatabase(path.resolve('.data'));
  const results: RowResult[] = [];
  const isStopped = stopOnSignal();
  try {
    console.log(line('row', 'figure', 'against', 'ratio', 'reach'));
    for (const row of chosen) {
      if (isStopped()) break;
      const result = await measureRow(row, database, Number(options.seconds));
      results.push(result);
      console.log(presentResult(result, row));
    }
  } finally {
    await database.stop();
  }
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ rows: results }, null, 2)}\n`);
}

function chooseRows(): BenchRow[] {
  if (options.only === undefined) return rows.filter(({ isLong }) => options.full || isLong !== true);
  const ids = options.only.split(',');
  const unknown = ids.filter((id) => rows.every((row) => row.id !== id));
  if (unknown.length > 0) {
    throw new Error(`No such row: ${unknown.join(', ')}. There are: ${rows.map(({ id }) => id).join(', ')}`);
  }
  return rows.filter(({ id }) => ids.includes(id));
}

/** The database outlives this process, so a signal ends the bench after the row instead of at once. */
function stopOnSignal(): () => boolean {
  let isStopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isStopped = true;
      process.exitCode = 1;
    });
  }
  return () => isStopped;
}

function presentResult({ id, figure, against, ratio, reach, atMost }: RowResult, row: BenchRow): string {
  const isReached = atMost === true ? ratio <= reach : ratio >= reach;
  const bound = `${atMost === true ? '≤' : '≥'} ${reach}${isReached ? '' : ' missed'}`;
  const numbers = [figure, against].map((value) => value.toFixed(value < 100 ? 2 : 0)) as [string, string];
  return `${line(id, ...numbers, ratio.toFixed(3), bound)}  ${row.unit} against ${row.heldAgainst}`;
}

function line(id: string, figure: string, against: string, ratio: string, reach: string): string {
  return `${id.padEnd(18)}${figure.padStart(10)}${against.padStart(10)}${ratio.padStart(9)}  ${reach.padEnd(14)}`;
}
