import type { BenchContext, BenchRow, Measure, RowResult } from './bench-row.ts';

const rounds = 3;

/** Both sides in turns, so that what else the machine does falls on both, and the median of each. */
export async function measureRow(row: BenchRow, context: BenchContext, seconds: number): Promise<RowResult> {
  const { figure, against, close } = await row.prepare(context);
  try {
    // As long as a round, or what is compiled meanwhile would be measured with whichever side does less a second.
    await against(seconds);
    await figure(seconds);
    const figures: number[] = [];
    const againsts: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      againsts.push(await against(seconds));
      figures.push(await figure(seconds));
    }
    const { id, unit, reach } = row;
    const medians = { figure: medianOf(figures), against: medianOf(againsts) };
    return {
      ...{ id, unit, ...medians, ratio: medians.figure / medians.against, reach },
      ...(row.atMost === true ? { atMost: true } : {}),
    };
  } finally {
    await close?.();
  }
}

/** How many milliseconds one piece of work took whoever asked for it. */
export const millisecondsEach =
  (callerCount: number, work: () => Promise<unknown>): Measure =>
  async (seconds) =>
    (callerCount * 1000) / (await callers(callerCount, work)(seconds));

function medianOf(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** A measure that keeps so many callers busy; one piece of work counts as `size`. */
export function callers(count: number, work: () => Promise<unknown>, size = 1): Measure {
  return async (seconds) => {
    const startedAt = performance.now();
    const endsAt = startedAt + seconds * 1000;
    let done = 0;
    const caller = async () => {
      while (performance.now() < endsAt) {
        await work();
        done += size;
      }
    };
    await Promise.all(Array.from({ length: count }, caller));
    return done / ((performance.now() - startedAt) / 1000);
  };
}
