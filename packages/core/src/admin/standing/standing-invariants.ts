import type { LedgerInvariant } from '@errand-dash/db';

/** What always holds of who may do what. */
export const standingInvariants: LedgerInvariant[] = [
  {
    name: 'standing_change_was_signed',
    sql: `select standing_changes.id, approval_id, approvals.state from standing_changes
      join approvals on approvals.id = approval_id
      where state <> 'accepted' or consumed_at <> changed_at or approvals.user_id <> by_user_id`,
  },
  {
    name: 'super_admin_stays',
    sql: `select 'nobody' as super_admin
      where exists (select from standing_changes where role = 'super_admin' and change = 'granted')
        and not exists (select from user_roles join users on users.id = user_id
          where role = 'super_admin' and suspended_at is null)`,
  },
];
