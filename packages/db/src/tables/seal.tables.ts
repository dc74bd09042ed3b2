import type { ColumnType } from 'kysely';

/** A batch of rows, hashed and signed. */
export interface SealsTable {
  /** Which sequence of rows, such as `ledger`. */
  chain: Fixed<string>;
  /** Counts the batches of the chain from 1. */
  number: Fixed<bigint>;
  /** The canonical JSON that was signed. */
  head: Fixed<string>;
  signature: Fixed<Buffer>;
  salt: Fixed<Buffer>;
  row_ids: Fixed<string[]>;
  leaf_hashes: Fixed<Buffer>;
  last_transaction_id: Fixed<string>;
}

type Fixed<T> = ColumnType<T, T, never>;

export interface SealTables {
  seals: SealsTable;
}
