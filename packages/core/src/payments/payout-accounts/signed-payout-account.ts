import { formatId } from '@errand-dash/contract';
import type { SignedAction } from '../../approvals/index.ts';
import { refuse } from '../../refusal.ts';
import { payeeOf } from './payout-account.rules.ts';
import { findPayoutAccount } from './payout-account.store.ts';

/** What is signed when a payout account is added: the bank account itself. */
export const signedPayoutAccount: SignedAction<'wallet.addPayoutAccount'> = {
  name: 'wallet.addPayoutAccount',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: '`nuban:<bank code>:<account number>`' },
  derive: async (_tx, input) => ({ amountMinor: null, currency: null, payee: payeeOf(input) }),
};

/** What is signed when one is taken away: which of the person's own. */
export const signedRemoval: SignedAction<'wallet.removePayoutAccount'> = {
  name: 'wallet.removePayoutAccount',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: '`payout_account_<id>`' },
  derive: async (tx, { payoutAccountId }, { userId }) => {
    const account = await findPayoutAccount(tx, payoutAccountId);
    if (account === null || account.userId !== userId) return refuse('OBJECT_NOT_FOUND', {});
    return { amountMinor: null, currency: null, payee: formatId('payoutAccount', payoutAccountId) };
  },
};
