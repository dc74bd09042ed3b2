import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { listOpenPayoutAccounts } from './payout-account.store.ts';
import { type PayoutAccountView, viewPayoutAccount } from './payout-account-view.ts';

/** The bank accounts that the person who asks may be paid out to, or soon. Refuses with `SESSION_MISSING`. */
export const listPayoutAccounts = query(
  'wallet.listPayoutAccounts',
  async (db, _input: Record<string, never>, { viewer, dataKey }): Promise<PayoutAccountView[]> => {
    const { userId } = orThrow(requireUser(viewer));
    const accounts = await listOpenPayoutAccounts(db, userId);
    return accounts.map((account) => viewPayoutAccount(account, dataKey()));
  },
);
