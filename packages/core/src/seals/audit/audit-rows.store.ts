import { type Db, findRowAhead, type OrderedRange, type OrderedRow, readInOrder } from '@errand-dash/db';
import { type RawBuilder, sql } from 'kysely';

/** An entry of the audit log with everything that a seal binds. */
export interface AuditRow extends OrderedRow {
  kind: string;
  name: string;
  outcome: string;
  actor_kind: string;
  actor_reference: string | null;
  session_id: string | null;
  key_hash: Uint8Array | null;
  network_address_hash: Uint8Array | null;
  request_id: string;
  subjects: string[];
  /** As PostgreSQL writes it, since numbers beyond 2^53 would lose digits here. */
  data_text: string;
  /** ISO 8601 with microseconds. */
  occurred_at_text: string;
  occurred_at: Date;
}

/** Every entry as a seal sees it. What is not selected here, no seal protects. */
const auditRows: RawBuilder<AuditRow> = sql<AuditRow>`
  select id, transaction_id, transaction_number(transaction_id) as transaction_number, kind, name, outcome, actor_kind,
    actor_reference, session_id, key_hash, network_address_hash, request_id, subjects, data::text as data_text,
    occurred_at, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at_text
  from audit_entries`;

/** Entries in the order in which the transactions were begun that wrote them. */
export const readAuditRows = (db: Db, range: OrderedRange): Promise<AuditRow[]> =>
  readInOrder(db, auditRows, range);

/** The first entry that names a transaction which was not yet. */
export const findAuditRowAhead = (db: Db): Promise<AuditRow | null> => findRowAhead(db, auditRows);

/** These entries, in any order. */
export async function findAuditRows(db: Db, ids: readonly string[]): Promise<AuditRow[]> {
  const { rows } = await sql<AuditRow>`select * from (${auditRows}) found
    where id = any(${ids}::uuid[])`.execute(db);
  return rows;
}
