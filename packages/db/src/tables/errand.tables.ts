import type { ColumnType } from 'kysely';

/** Money that waits. What the application may change is its state, its payee and its end. */
export interface EscrowsTable {
  id: string;
  state: string;
  currency: string;
  amount_minor: bigint;
  payer_id: string;
  payee_id: string | null;
  cause_type: string;
  cause_id: string;
  created_at: Date;
  ended_at: Date | null;
  /** What has left it before its end. */
  parts_released_minor: ColumnType<bigint, bigint | undefined, bigint>;
  /** How much of that was the platform's. */
  parts_fee_minor: ColumnType<bigint, bigint | undefined, bigint>;
}

/** An errand with the numbers that it was posted with. */
export interface ErrandsTable {
  id: string;
  escrow_id: string;
  state: string;
  /** How often the state has changed, so that its events have an order. */
  version: number;
  kind: string;
  sender_id: string;
  runner_id: string | null;
  title: string;
  description: string;
  items: ColumnType<{ name: string; quantity: number }[], string, never>;
  currency: string;
  reward_minor: bigint;
  goods_budget_minor: bigint;
  goods_spent_minor: bigint | null;
  commission_minor: bigint;
  late_cancellation_minor: bigint;
  started_cancellation_minor: bigint;
  free_cancellation_seconds: number;
  start_within_seconds: number;
  confirm_within_seconds: number;
  /** The H3 cells of the place at resolutions 8 and 5, and the centre of the finer. */
  fine_cell: string;
  coarse_cell: string;
  cell_latitude: number;
  cell_longitude: number;
  /** The exact place, under the sender's data key. */
  deliver_to_sealed: Uint8Array;
  /** What the receipt says, under the runner's data key. */
  receipt_sealed: Uint8Array | null;
  due_at: Date;
  posted_at: Date;
  accepted_at: Date | null;
  started_at: Date | null;
  completed_at: Date | null;
  ended_at: Date | null;
  /** The instants at which the clock acts. */
  expires_at: Date;
  reopens_at: Date | null;
  lapses_at: Date;
  confirms_at: Date | null;
}

export interface ErrandTables {
  escrows: EscrowsTable;
  errands: ErrandsTable;
}
