import type { BenchDatabase } from './bench-database.ts';

/** What a row measures with. */
export type BenchContext = Omit<BenchDatabase, 'stop'>;

/** One side of a row: does its work for the seconds given and answers how much was done a second, or how long one took. */
export type Measure = (seconds: number) => Promise<number>;

/** One line of the bench: a figure, and what it is held against on the same machine in the same minute. */
export interface BenchRow {
  id: string;
  unit: string;
  /** What the figure is held against, for the reader. */
  heldAgainst: string;
  reach: number;
  /** True where the ratio must stay below. */
  atMost?: true;
  /** Only with `--full`. */
  isLong?: true;
  prepare(context: BenchContext): Promise<{ figure: Measure; against: Measure; close?(): Promise<void> }>;
}

export interface RowResult {
  id: string;
  unit: string;
  figure: number;
  against: number;
  ratio: number;
  reach: number;
  atMost?: true;
}
