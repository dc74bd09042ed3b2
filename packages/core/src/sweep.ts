import type { Call } from './claim.ts';
import type { Core } from './core.ts';

/**
 * Works rows that are due, at most so many, and tells how many it worked. Zero: nothing is due any more.
 * Once it is told that the process stops it finishes the row in hand and takes no other.
 */
export type Sweep = (core: Core, limit: number, isStopping?: () => boolean) => Promise<number>;

/** A call in the name of the clock, for the edge of a lifecycle that a sweep takes, such as `errand.expire`. */
export const clockCall = (edge: string): Call => ({
  caller: { kind: 'clock', edge },
  idempotencyKey: null,
  requestId: edge,
});

/** What working one row came to. `stop` ends the sweep after this row. */
export type RowOutcome = 'worked' | 'passed' | 'stop';

/** The rows that are due, and how each of them is worked. */
export interface DueWork<Row> {
  /** The first rows after the one given. */
  list: (page: { limit: number; after: Row | null }) => Promise<readonly Row[]>;
  work: (row: Row) => Promise<RowOutcome>;
  /** How many are worked side by side, so that a slow one keeps only itself waiting. One by one where it is not given. */
  lanes?: number;
}

/**
 * Works what is due page by page, until so many rows are worked or none is left, each by itself: one that fails is told
 * in the log. Those that fail or are passed count for nothing and stay where they are: who comes after them in the order
 * has his turn all the same.
 */
export async function workDue<Row>(
  core: Core,
  edge: string,
  limit: number,
  due: DueWork<Row>,
  isStopping: () => boolean = () => false,
): Promise<number> {
  let count = 0;
  let after: Row | null = null;
  while (count < limit && !isStopping()) {
    const asked: number = limit - count;
    const rows: readonly Row[] = await due.list({ limit: asked, after });
    const worked = await workPage(core, edge, rows, due, isStopping);
    count += worked.count;
    if (worked.hasStopped || rows.length < asked) break;
    after = rows.at(-1) ?? null;
  }
  return count;
}

async function workPage<Row>(
  core: Core,
  edge: string,
  rows: readonly Row[],
  { work, lanes = 1 }: DueWork<Row>,
  isStopping: () => boolean,
): Promise<{ count: number; hasStopped: boolean }> {
  const left = rows.values();
  let count = 0;
  let hasStopped = false;
  // Each lane takes the next row that no other has taken.
  const workLane = async (): Promise<void> => {
    for (const row of left) {
      if (hasStopped || isStopping()) {
        hasStopped = true;
        return;
      }
      try {
        const outcome = await work(row);
        if (outcome !== 'passed') count += 1;
        if (outcome === 'stop') hasStopped = true;
      } catch (error) {
        core.log('error', 'a row could not be worked', { edge, row, error: kindOfError(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, workLane));
  return { count, hasStopped };
}

/** The kind of error with its code, not its words: they may quote what is personal. */
export function kindOfError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
