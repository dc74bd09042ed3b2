export {
  type AuditEntry,
  type AuditNote,
  type AuditSubject,
  auditAddressHash,
  auditEntry,
} from './audit-entry.ts';
export { auditRefusal } from './audit-refusal.ts';
export { type AuditedQueryContext, auditedQuery } from './audited-query.ts';
