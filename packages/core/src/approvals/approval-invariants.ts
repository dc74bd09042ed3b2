import type { LedgerInvariant } from '@errand-dash/db';

/** What always holds between signed actions and the ledger. */
export const approvalInvariants: LedgerInvariant[] = [
  {
    name: 'signed_authority_was_accepted',
    sql: `select transfers.id, authority_reference, approvals.state from transfers
      left join approvals on approvals.id::text = authority_reference
      where authority_kind in ('passkey', 'operator') and (approvals.id is null or approvals.state <> 'accepted'
        or approvals.consumed_at <> posted_at)`,
  },
  {
    name: 'approval_posted_once',
    sql: `select authority_reference, count(*)::text as sets from transfers
      where authority_kind in ('passkey', 'operator') and leg = 1
      group by authority_reference having count(*) > 1`,
  },
];
