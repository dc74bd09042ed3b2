import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import { PROVIDER } from '../../provider.ts';
import type { Takings } from './settlement.rules.ts';

/** Of one payment the first row is its takings; whatever comes again is a drift and is not followed. */
const isTakings = sql`provider_book_rows.model = 'transaction' and posted_at is null and difference_minor > 0
  and provider_book_rows.currency = paid_currency
  and not exists (select from provider_book_rows earlier
    where earlier.provider = provider_book_rows.provider and earlier.model = provider_book_rows.model
      and earlier.model_row = provider_book_rows.model_row and earlier.posted_at is not null)`;

/** The rows that our float can follow, the oldest first, after the one given. */
export async function dueForSettling(
  db: Db,
  { limit, after }: { limit: number; after: string | null },
): Promise<string[]> {
  const place =
    after === null ? sql`` : sql`and (length(row_id), row_id) > (length(${after}::text), ${after}::text)`;
  const { rows } = await sql<{ row_id: string }>`
    select row_id from provider_book_rows
      join top_ups on top_ups.provider = provider_book_rows.provider and provider_object = model_row
      where provider_book_rows.provider = ${PROVIDER} and ${isTakings} ${place}
      order by length(row_id), row_id limit ${limit}`.execute(db);
  return rows.map((row) => row.row_id);
}

/**
 * Locks the top-up that a row is the takings of, and answers both; null where there is none, or its takings were
 * followed before.
 */
export async function lockTakings(tx: Tx, rowId: string): Promise<Takings | null> {
  const { rows: locked } = await sql<{ id: string }>`
    select top_ups.id from provider_book_rows
      join top_ups on top_ups.provider = provider_book_rows.provider and provider_object = model_row
      where provider_book_rows.provider = ${PROVIDER} and row_id = ${rowId}
      for update of top_ups`.execute(tx);
  const [topUp] = locked;
  if (topUp === undefined) return null;
  // Read once the lock is held: who had it before may have followed this row or another one.
  const { rows } = await sql<{ currency: string; difference_minor: bigint }>`
    select provider_book_rows.currency, difference_minor from provider_book_rows
      join top_ups on top_ups.id = ${topUp.id}::uuid
      where provider_book_rows.provider = ${PROVIDER} and row_id = ${rowId} and ${isTakings}`.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  return { rowId, currency: row.currency, differenceMinor: row.difference_minor, topUpId: topUp.id };
}

/** Marks a row as followed by our float. */
export async function markPosted(tx: Tx, rowId: string, postedAt: Date): Promise<void> {
  await tx
    .updateTable('provider_book_rows')
    .set({ posted_at: postedAt })
    .where('provider', '=', PROVIDER)
    .where('row_id', '=', rowId)
    .execute();
}
