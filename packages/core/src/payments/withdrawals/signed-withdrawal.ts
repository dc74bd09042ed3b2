import type { SignedAction } from '../../approvals/index.ts';
import { refuse } from '../../refusal.ts';
import { payeeOf } from '../payout-accounts/payout-account.rules.ts';
import { findPayoutAccount } from '../payout-accounts/payout-account.store.ts';
import { openAccountNumber } from '../payout-accounts/sealed-account.ts';

/** What is signed when money is taken out: how much, and to which bank account. */
export const signedWithdrawal: SignedAction<'wallet.withdraw'> = {
  name: 'wallet.withdraw',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'what is withdrawn', payee: '`nuban:<bank code>:<account number>`' },
  derive: async (db, { amountMinor, currency, payoutAccountId }, { userId, dataKey }) => {
    const account = await findPayoutAccount(db, payoutAccountId);
    if (account === null || account.userId !== userId) return refuse('OBJECT_NOT_FOUND', {});
    const { bankCode } = account;
    const payee = payeeOf({ bankCode, accountNumber: openAccountNumber(dataKey(), account) });
    return { amountMinor, currency, payee };
  },
};
