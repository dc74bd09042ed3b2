import { type LedgerInvariant, rowsAheadOf } from '@errand-dash/db';

/** What always holds of the audit log. */
export const auditInvariants: LedgerInvariant[] = [
  { name: 'audit_entry_is_of_a_transaction_that_was', sql: rowsAheadOf('audit_entries') },
];
