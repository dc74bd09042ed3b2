import { hash } from 'node:crypto';
import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import type { Call, Caller } from '../claim.ts';
import { type Core, newId } from '../core.ts';
import { blindIndex } from '../sealing.ts';

/** Something that an entry is about. */
export interface AuditSubject {
  type: string;
  id: string;
}

/** What a call adds to its entry: ids, states and amounts only, nothing personal and no secret. */
export interface AuditNote {
  subjects?: readonly AuditSubject[];
  data?: Readonly<Record<string, unknown>>;
}

export interface Audited {
  kind: 'command' | 'read';
  name: string;
  /** `done`, or the code of the refusal. */
  outcome: string;
  notes: readonly AuditNote[];
}

/** An entry of the audit log, by the names of its columns. */
export interface AuditEntry {
  id: string;
  kind: Audited['kind'];
  name: string;
  outcome: string;
  actor_kind: Caller['kind'];
  actor_reference: string | null;
  session_id: string | null;
  key_hash: Buffer | null;
  network_address_hash: Buffer | null;
  request_id: string;
  subjects: string[];
  data: Record<string, unknown>;
}

/** What the audit log says of a call. */
export function auditEntry(
  core: Pick<Core, 'keyring'>,
  id: string,
  call: Call,
  { kind, name, outcome, notes }: Audited,
): AuditEntry {
  const { caller, idempotencyKey, networkAddress } = call;
  const subjects = notes.flatMap((note) => note.subjects ?? []).map(({ type, id }) => `${type} ${id}`);
  return {
    id,
    kind,
    name,
    outcome,
    actor_kind: caller.kind,
    actor_reference: referenceOf(caller),
    session_id: caller.kind === 'user' ? caller.sessionId : null,
    key_hash: idempotencyKey === null ? null : hash('sha256', idempotencyKey, 'buffer'),
    network_address_hash:
      networkAddress === undefined ? null : auditAddressHash(core.keyring, networkAddress),
    request_id: call.requestId,
    subjects: [...new Set(subjects)],
    data: Object.assign({}, ...notes.map(({ data }) => data)),
  };
}

/** Writes an entry by itself, in one round trip. */
export async function writeAuditEntry(
  core: Core,
  db: Db,
  now: Date,
  call: Call,
  audited: Audited,
): Promise<void> {
  const entry = auditEntry(core, newId(core, now), call, audited);
  const { key_hash, network_address_hash } = entry;
  const hashes = { key_hash: bytea(key_hash), network_address_hash: bytea(network_address_hash) };
  await sql`select write_audit_entry(${now}, ${JSON.stringify({ ...entry, ...hashes })}::jsonb)`.execute(db);
}

/**
 * What stands for a network address in the log: who has an address and the key finds its entries, and nobody reads
 * an address out of them.
 */
export const auditAddressHash = (keyring: Core['keyring'], networkAddress: string): Buffer =>
  blindIndex(keyring, 'audit_entries.network_address', networkAddress);

function referenceOf(caller: Caller): string | null {
  switch (caller.kind) {
    case 'user':
      return caller.userId;
    case 'clock':
      return caller.edge;
    case 'provider':
      return caller.object;
    case 'server':
      return caller.task;
    case 'anonymous':
      return null;
  }
}

/** As PostgreSQL reads bytes from text. */
const bytea = (bytes: Buffer | null): string | null =>
  bytes === null ? null : `\\x${bytes.toString('hex')}`;
