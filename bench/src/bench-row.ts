import type { Pool } from './bench-database.ts';

/** What a row measures with. */
export interface BenchContext {
  /** The pool of the application: 16 connections. */
  pool: Pool;
  /** The owner of the tables, for what the application may not do. */
  ownerPool: Pool;
  /** Where both lead to, as the application signs in, for processes of their own. */
  applicationUrl: string;
}

/** One side of a row: does its work for the seconds given and answers how much a second was done. */
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
