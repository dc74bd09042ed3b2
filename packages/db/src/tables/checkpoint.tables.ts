import type { ColumnType } from 'kysely';

/** From where the transactions of this cluster count. One row; a restored copy begins a new epoch. */
export interface WriteEpochsTable {
  id: ReadOnly<number>;
  number: ReadOnly<number>;
  base: ReadOnly<bigint>;
  /** The transaction that wrote this row: where the row's own xmin is another, the row was restored. */
  written_by: ReadOnly<string>;
  /** The id of the table as it was written. */
  written_in: ReadOnly<number>;
}

/** Tables whose rows are taken in the order of their transactions. */
export interface OrderedTablesTable {
  table_name: ReadOnly<string>;
}

/** What an unguarded account had before the horizon. */
export interface AccountCheckpointsTable {
  account_id: ReadOnly<string>;
  /** A numeric: a text in JavaScript. */
  balance_minor: ReadOnly<string>;
  /** How many of its transfers that sums. */
  transfers: ReadOnly<bigint>;
}

/** The transaction number before which everything stands in a checkpoint. One row. */
export interface CheckpointHorizonTable {
  id: ReadOnly<number>;
  below: ReadOnly<bigint>;
}

type ReadOnly<T> = ColumnType<T, never, never>;

export interface CheckpointTables {
  write_epochs: WriteEpochsTable;
  ordered_tables: OrderedTablesTable;
  account_checkpoints: AccountCheckpointsTable;
  checkpoint_horizon: CheckpointHorizonTable;
}
