import type { ColumnType } from 'kysely';

/** One reading and comparing of the provider's books. The unfinished one says when the next is due. */
export interface ReconciliationRunsTable {
  id: string;
  provider: string;
  due_at: Date;
  started_at: Date | null;
  /** The provider's lists and its ledger were read from this instant on. */
  reads_from: Date | null;
  /** How often it was taken. Who took it last is alone allowed to write what it reads. */
  attempts: number;
  leased_until: Date | null;
  finished_at: Date | null;
}

export interface ReconciliationStepsTable {
  run_id: string;
  step: string;
  /** Where it goes on. */
  cursor: string | null;
  pages: number;
  rows: number;
  failures: number;
  /** Why it could not go on when it was last tried. */
  problem: string | null;
  done_at: Date | null;
}

/** What the provider's lists say of a payment or a transfer, as it was last read. */
export interface ProviderObjectsTable {
  provider: string;
  kind: string;
  object_id: string;
  reference: string;
  status: string;
  currency: string;
  amount_minor: bigint;
  fee_minor: bigint | null;
  created_at: Date | null;
  /** The run that read it last. */
  run_id: string;
  first_read_at: Date;
  read_at: Date;
}

/** A row of the provider's balance ledger, as it was first read. */
export interface ProviderBookRowsTable {
  provider: string;
  row_id: string;
  currency: string;
  difference_minor: bigint;
  balance_minor: bigint;
  /** The kind and the id of the provider's object that moved the balance, the kind in lower case. */
  model: string;
  model_row: string;
  created_at: Date;
  /** The run that read it last. */
  run_id: string;
  /** In that run it was not there yet when the book was read first. */
  is_late: boolean;
  first_read_at: Date;
  read_at: Date;
  /** When the float followed it. Null for transfers, whose own commands move the float. */
  posted_at: Date | null;
}

/** Something in which the books do not agree. */
export interface DriftsTable {
  id: string;
  provider: string;
  run_id: string;
  kind: string;
  state: string;
  /** What it is about, such as `transaction/4300000001`. */
  subject: string;
  currency: string | null;
  amount_minor: bigint | null;
  objects: ColumnType<Record<string, unknown>, string, never>;
  cause: string;
  repair: string;
  /** The command that closes it, where an ordinary one does. */
  command: string | null;
  found_at: Date;
  next_attempt_at: Date | null;
  attempts: number;
  closed_at: Date | null;
  closed_by: string | null;
}

export interface ReconciliationTables {
  reconciliation_runs: ReconciliationRunsTable;
  reconciliation_steps: ReconciliationStepsTable;
  provider_objects: ProviderObjectsTable;
  provider_book_rows: ProviderBookRowsTable;
  drifts: DriftsTable;
}
