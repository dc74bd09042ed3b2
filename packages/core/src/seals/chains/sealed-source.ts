import type { Db, OrderedRange, OrderedRow, RowProblem } from '@errand-dash/db';

/**
 * A sequence of rows that is sealed: how they are read, and what of a row is sealed. Rows are only ever added, to a
 * table that was given to `keep_in_order`.
 */
export interface SealedSource<Row extends OrderedRow = OrderedRow> {
  /** The name of the chain, of a-z and -. */
  chain: string;
  /** What one row is called where somebody is told of it, such as `transfer`. */
  noun: string;
  /** Rows in their order, as `readInOrder` reads them. */
  read: (db: Db, range: OrderedRange) => Promise<Row[]>;
  /** These rows, in any order and wherever they are in the sequence. */
  find: (db: Db, ids: readonly string[]) => Promise<Row[]>;
  /** The first row that names a transaction which was not yet, as `findRowAhead` finds it. */
  findAhead: (db: Db) => Promise<Row | null>;
  /** When the row was written, by which a batch is due. */
  writtenAt: (row: Row) => Date;
  /**
   * The bytes of the row's leaf. They must bind every column that matters and depend on nothing else. The salt is of
   * this row alone, for what is not to be guessed from its hash.
   */
  leafOf: (row: Row, salt: RowSalt) => Uint8Array;
  /** Holds rows against the rest of the data by rules of their own. Answers those that break one. */
  check?: (db: Db, rows: readonly Row[]) => Promise<RowProblem[]>;
  /** What there is to check once every row was: an answer is what is wrong. */
  checkEnd?: (db: Db) => Promise<RowProblem | null>;
}

/** 32 bytes for a part of a row: known to nobody who was not given them. */
export type RowSalt = (part: string) => Buffer;
