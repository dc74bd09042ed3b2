import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** A row of an ordered table, as a query names its columns. */
export interface OrderedRow {
  id: string;
  /** `transaction_number(transaction_id)`. */
  transaction_number: bigint;
}

/** A place in the order of an ordered table: after the row of this transaction and id. */
export interface Place {
  transactionNumber: bigint;
  id: string;
}

/** Which rows are read. */
export interface OrderedRange {
  after: Place;
  /** Null: as far as no row can come in between any more. `newest`: where some still can, too. */
  upTo?: Place | 'newest' | null;
  limit: number;
}

/** Before the first row. */
export const firstPlace: Place = { transactionNumber: 0n, id: '00000000-0000-0000-0000-000000000000' };

export const placeOf = ({ transaction_number, id }: OrderedRow): Place => ({
  transactionNumber: transaction_number,
  id,
});

/** How many transaction numbers one statement looks at. It grows over stretches that hold nothing. */
const STRETCH_FIRST = 64n;
const STRETCH_GROWTH = 4n;

/**
 * The rows after a place, in their order, at most so many, up to another place or as far as nothing running can
 * still precede them, or of all that is there now; of a restored copy whose epoch has not begun, none. `rows` selects from a table that was
 * given to `keep_in_order`, its columns `id` and `transaction_id` among what it selects.
 */
export async function readInOrder<Row extends OrderedRow>(
  db: Kysely<Database>,
  rows: RawBuilder<Row>,
  { after, upTo = null, limit }: OrderedRange,
): Promise<Row[]> {
  const isPlace = upTo !== null && upTo !== 'newest';
  const end = isPlace ? upTo.transactionNumber + 1n : await endOf(db, upTo);
  const until = isPlace ? sql`and (transaction_id, id) <= ${place(upTo)}` : sql``;
  const found: Row[] = [];
  let stretch = STRETCH_FIRST;
  for (let from = after.transactionNumber; from < end && found.length < limit; ) {
    const to = from + stretch < end ? from + stretch : end;
    const { rows: some } = await sql<Row>`
      select * from (${rows}) ordered
        where transaction_number(transaction_id) >= ${from} and transaction_number(transaction_id) < ${to}
          and (transaction_id, id) > ${place(after)} ${until}
        order by transaction_id, id limit ${limit - found.length}`.execute(db);
    found.push(...some);
    stretch *= STRETCH_GROWTH;
    from = to;
  }
  return found;
}

/**
 * The first row beyond all that can be there: it names a transaction that was not yet, and `readInOrder` would never
 * come to it. Null where there is none, and in a restored copy whose epoch has not begun.
 */
export async function findRowAhead<Row extends OrderedRow>(
  db: Kysely<Database>,
  rows: RawBuilder<Row>,
): Promise<Row | null> {
  const { rows: found } = await sql<Row>`
    select * from (${rows}) ordered where transaction_number(transaction_id) >= assigned_below()
      order by transaction_id, id limit 1`.execute(db);
  return found[0] ?? null;
}

/** The same as an invariant of an ordered table. */
export const rowsAheadOf = (table: string): string => `select id, transaction_id::text, assigned_below()::text
  from ${table} where transaction_number(transaction_id) >= assigned_below()`;

const place = ({ transactionNumber, id }: Place) => sql`(transaction_of(${transactionNumber}), ${id}::uuid)`;

/** The transaction number below which no row can appear any more, or that of which none is yet; 0 where nobody knows. */
async function endOf(db: Kysely<Database>, upTo: 'newest' | null): Promise<bigint> {
  const end = upTo === null ? sql`settled_below()` : sql`assigned_below()`;
  const { rows } = await sql<{ below: bigint | null }>`select ${end} as below`.execute(db);
  return rows[0]?.below ?? 0n;
}
