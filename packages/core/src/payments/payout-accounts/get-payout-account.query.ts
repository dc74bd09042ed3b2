import { query } from '../../query.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { findPayoutAccount } from './payout-account.store.ts';
import { type PayoutAccountView, viewPayoutAccount } from './payout-account-view.ts';

/** A person's own payout account. Refuses with `OBJECT_NOT_FOUND` where there is none, or it is somebody else's. */
export const getPayoutAccount = query(
  'payout_account.get',
  async (
    db,
    { payoutAccountId }: { payoutAccountId: string },
    { viewer, dataKey },
  ): Promise<PayoutAccountView> => {
    const account = await findPayoutAccount(db, payoutAccountId);
    const isOwn = account !== null && viewer.kind === 'user' && viewer.userId === account.userId;
    return isOwn ? viewPayoutAccount(account, dataKey()) : orThrow(refuse('OBJECT_NOT_FOUND', {}));
  },
);
