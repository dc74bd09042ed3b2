import { type Kysely, sql } from 'kysely';

/** Batches of rows, hashed and signed: what the owner of the database cannot change unnoticed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // One row a batch, which costs 48 bytes for each sealed row: its id and the hash of its leaf. The salts of the
  // leaves are derived from that of the batch.
  `create table seals (
    chain text not null check (chain ~ '^[a-z][a-z-]{0,39}$'),
    number bigint not null check (number >= 1),
    head text not null,
    signature bytea not null,
    salt bytea not null,
    row_ids uuid[] not null,
    leaf_hashes bytea not null,
    last_transaction_id xid8 not null,
    primary key (chain, number),
    check (length(salt) = 32 and cardinality(row_ids) > 0 and length(leaf_hashes) = 32 * cardinality(row_ids))
  )`,
  // Ids and hashes do not get smaller by compression.
  'alter table seals alter column row_ids set storage external, alter column leaf_hashes set storage external',
  // By which the batch of a row is found.
  'create index seals_by_place on seals (chain, last_transaction_id, number)',
  `create trigger seals_stay before update or delete or truncate on seals
    for each statement execute function refuse_change()`,
  'grant select, insert on seals to errand_dash_application',
];
