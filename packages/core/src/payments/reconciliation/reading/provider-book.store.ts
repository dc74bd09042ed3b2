import type { Database, Tx } from '@errand-dash/db';
import type { Selectable } from 'kysely';
import { PROVIDER } from '../../provider.ts';
import type { ReadObject, ReadRow } from './provider-book.rules.ts';

/** By which run and when something was read. */
export interface Reading {
  runId: string;
  readAt: Date;
}

/** Saves objects as they are listed now. */
export async function saveObjects(
  tx: Tx,
  objects: readonly ReadObject[],
  { runId, readAt }: Reading,
): Promise<void> {
  if (objects.length === 0) return;
  const values = objects.map((object) => ({
    provider: PROVIDER,
    kind: object.kind,
    object_id: object.objectId,
    reference: object.reference,
    status: object.status,
    currency: object.currency,
    amount_minor: object.amountMinor,
    fee_minor: object.feeMinor,
    created_at: object.createdAt,
    run_id: runId,
    first_read_at: readAt,
    read_at: readAt,
  }));
  await tx
    .insertInto('provider_objects')
    .values(values)
    .onConflict((conflict) =>
      conflict.columns(['provider', 'kind', 'object_id']).doUpdateSet((row) => ({
        reference: row.ref('excluded.reference'),
        status: row.ref('excluded.status'),
        currency: row.ref('excluded.currency'),
        amount_minor: row.ref('excluded.amount_minor'),
        fee_minor: row.ref('excluded.fee_minor'),
        created_at: row.ref('excluded.created_at'),
        run_id: row.ref('excluded.run_id'),
        read_at: row.ref('excluded.read_at'),
      })),
    )
    .execute();
}

/** A row as it was first read, and by which run it was read last. */
export interface StoredRow extends ReadRow {
  runId: string;
  isLate: boolean;
}

/** Those of the rows that were read before, by this run or an earlier one. */
export async function findRows(tx: Tx, rowIds: readonly string[]): Promise<StoredRow[]> {
  if (rowIds.length === 0) return [];
  const rows = await tx
    .selectFrom('provider_book_rows')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('row_id', 'in', rowIds)
    .execute();
  return rows.map(storedRowOf);
}

/** Saves rows that were read: new ones as they are, known ones as read again. */
export async function saveRows(
  tx: Tx,
  rows: readonly ReadRow[],
  { runId, readAt, isLate }: Reading & { isLate: boolean },
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((row) => ({
    provider: PROVIDER,
    row_id: row.rowId,
    currency: row.currency,
    difference_minor: row.differenceMinor,
    balance_minor: row.balanceMinor,
    model: row.model,
    model_row: row.modelRow,
    created_at: row.createdAt,
    run_id: runId,
    is_late: isLate,
    first_read_at: readAt,
    read_at: readAt,
    posted_at: null,
  }));
  await tx
    .insertInto('provider_book_rows')
    .values(values)
    .onConflict((conflict) =>
      conflict.columns(['provider', 'row_id']).doUpdateSet((row) => ({
        run_id: row.ref('excluded.run_id'),
        is_late: row.ref('excluded.is_late'),
        read_at: row.ref('excluded.read_at'),
      })),
    )
    .execute();
}

export function storedRowOf(row: Selectable<Database['provider_book_rows']>): StoredRow {
  return {
    rowId: row.row_id,
    currency: row.currency,
    differenceMinor: row.difference_minor,
    balanceMinor: row.balance_minor,
    model: row.model,
    modelRow: row.model_row,
    createdAt: row.created_at,
    runId: row.run_id,
    isLate: row.is_late,
  };
}
