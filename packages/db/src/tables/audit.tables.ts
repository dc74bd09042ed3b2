import type { ColumnType } from 'kysely';

type Written<T> = ColumnType<T, never, never>;

/** One thing that somebody did, tried or looked at. Written by functions of the database alone, never changed. */
export interface AuditEntriesTable {
  id: Written<string>;
  occurred_at: Written<Date>;
  kind: Written<'command' | 'read'>;
  /** The name of the command or of the read. */
  name: Written<string>;
  /** `done`, or the code of the refusal. */
  outcome: Written<string>;
  actor_kind: Written<string>;
  /** The person's id, the edge that the clock took, or the provider's object. */
  actor_reference: Written<string | null>;
  session_id: Written<string | null>;
  /** SHA-256 of the idempotency key. */
  key_hash: Written<Uint8Array | null>;
  /** A keyed hash: equal for equal addresses, and not to be read back. */
  network_address_hash: Written<Uint8Array | null>;
  request_id: Written<string>;
  /** What it was about, such as `errand 0199b0c2-…`. */
  subjects: Written<string[]>;
  /** Ids, states and amounts only; nothing personal. */
  data: Written<unknown>;
  transaction_id: Written<string>;
}

export interface AuditTables {
  audit_entries: AuditEntriesTable;
}
