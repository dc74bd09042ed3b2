import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { Tx } from '../../transaction.ts';
import { firstPlace, type Place } from './read-in-order.ts';

/** A batch of rows with what was signed of it, as it is stored. */
export interface SealRecord {
  chain: string;
  number: bigint;
  /** The canonical JSON that was signed. */
  head: string;
  signature: Uint8Array;
  /** From which the salts of the batch's leaves are derived. */
  salt: Uint8Array;
  /** In their order. */
  rowIds: string[];
  /** The hashes of the leaves, 32 bytes each, in the same order. */
  leafHashes: Uint8Array;
  /** Where the batch ends. The next one begins after it. */
  end: Place;
}

/**
 * Lets one transaction at a time seal a chain. It also reads by index from then on: until the table was analyzed for the
 * first time, the planner would read the whole of it for each batch. And it compiles nothing: until PostgreSQL 17 a scan
 * that cannot be avoided then counts as endlessly dear, and to compile the statement takes a hundred times its time.
 */
export async function lockChain(tx: Tx, chain: string): Promise<void> {
  await sql`select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
    pg_advisory_xact_lock(hashtextextended(${`seals.${chain}`}, 0))`.execute(tx);
}

export async function insertSeal(tx: Tx, seal: SealRecord): Promise<void> {
  await sql`insert into seals (chain, number, head, signature, salt, row_ids, leaf_hashes, last_transaction_id)
    values (${seal.chain}, ${seal.number}, ${seal.head}, ${seal.signature}, ${seal.salt}, ${seal.rowIds}::uuid[],
      ${seal.leafHashes}, transaction_of(${seal.end.transactionNumber}))`.execute(tx);
}

/** A chain's head as it is stored: the canonical JSON that was signed, and the signature. */
export interface StoredHead {
  number: bigint;
  head: string;
  signature: Buffer;
}

/** Heads after a number, in their order, at most so many. */
export async function selectHeads(
  db: Kysely<Database>,
  chain: string,
  { after, limit }: { after: bigint; limit: number },
): Promise<StoredHead[]> {
  return db
    .selectFrom('seals')
    .select(['number', 'head', 'signature'])
    .where('chain', '=', chain)
    .where('number', '>', after)
    .orderBy('number')
    .limit(limit)
    .execute();
}

/** The newest head of a chain and where its batch ends; null where nothing is sealed. */
export async function findLastHead(
  db: Kysely<Database>,
  chain: string,
): Promise<(StoredHead & { end: Place }) | null> {
  const { rows } = await sql<StoredHead & { last_number: bigint; last_id: string }>`
    select number, head, signature, transaction_number(last_transaction_id) as last_number,
      row_ids[cardinality(row_ids)] as last_id
    from seals where chain = ${chain} order by number desc limit 1`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { number, head, signature } = row;
  return { number, head, signature, end: { transactionNumber: row.last_number, id: row.last_id } };
}

/** The first seal after a number, whole; null where there is none. */
export async function findSealAfter(
  db: Kysely<Database>,
  chain: string,
  number: bigint,
): Promise<SealRecord | null> {
  const [record] = await selectSeals(
    db,
    sql`where chain = ${chain} and number > ${number} order by number limit 1`,
  );
  return record ?? null;
}

/** The seals of these batches, whole. */
export function findSeals(
  db: Kysely<Database>,
  chain: string,
  numbers: readonly bigint[],
): Promise<SealRecord[]> {
  return selectSeals(db, sql`where chain = ${chain} and number = any(${numbers}::bigint[])`);
}

interface SealRow extends StoredHead {
  chain: string;
  salt: Buffer;
  row_ids: string[];
  leaf_hashes: Buffer;
  last_number: bigint;
}

async function selectSeals(db: Kysely<Database>, which: ReturnType<typeof sql>): Promise<SealRecord[]> {
  const { rows } = await sql<SealRow>`
    select chain, number, head, signature, salt, row_ids, leaf_hashes,
      transaction_number(last_transaction_id) as last_number
    from seals ${which}`.execute(db);
  return rows.map(
    ({ row_ids: rowIds, leaf_hashes: leafHashes, last_number: transactionNumber, ...same }) => ({
      ...same,
      rowIds,
      leafHashes,
      end: { transactionNumber, id: rowIds.at(-1) ?? firstPlace.id },
    }),
  );
}

/** In which batch each of these rows is, by the place that it has in the order. Those not sealed yet are left out. */
export async function findBatches(
  db: Kysely<Database>,
  chain: string,
  places: readonly Place[],
): Promise<Map<string, bigint>> {
  const { rows } = await sql<{ id: string; number: bigint }>`
    select asked.id, sealed.number
    from unnest(${places.map(({ id }) => id)}::uuid[], ${places.map((place) => place.transactionNumber)}::bigint[])
      as asked (id, transaction_number)
    cross join lateral (
      select number from seals
        where chain = ${chain} and last_transaction_id >= transaction_of(asked.transaction_number)
          and asked.id = any(row_ids)
        order by last_transaction_id, number limit 1
    ) sealed`.execute(db);
  return new Map(rows.map(({ id, number }) => [id, number]));
}
