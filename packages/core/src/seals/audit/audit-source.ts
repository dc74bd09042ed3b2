import { canonicalJson } from '../../canonical-json.ts';
import type { SealedSource } from '../chains/sealed-source.ts';
import { type AuditRow, findAuditRowAhead, findAuditRows, readAuditRows } from './audit-rows.store.ts';

/** Every entry of the audit log, in the order in which the transactions were begun that wrote them. */
export const auditSource: SealedSource<AuditRow> = {
  chain: 'audit',
  noun: 'entry',
  read: readAuditRows,
  find: findAuditRows,
  findAhead: findAuditRowAhead,
  writtenAt: (row) => row.occurred_at,
  leafOf: auditLeafBytes,
};

/** Without a salt: nobody is shown a part of an entry, and its id alone has 62 random bits at least. */
function auditLeafBytes(row: AuditRow): Buffer {
  const leaf = {
    version: 1,
    entryId: row.id,
    occurredAt: row.occurred_at_text,
    kind: row.kind,
    name: row.name,
    outcome: row.outcome,
    actor: { kind: row.actor_kind, reference: row.actor_reference },
    sessionId: row.session_id,
    keyHash: row.key_hash,
    networkAddressHash: row.network_address_hash,
    requestId: row.request_id,
    subjects: row.subjects,
    data: row.data_text,
  };
  return Buffer.from(canonicalJson(leaf), 'utf8');
}
