import type { SignedAction } from '../../approvals/index.ts';
import { payeeOf } from './payout-account.rules.ts';

/** What is signed when a payout account is added: the bank account itself. */
export const signedPayoutAccount: SignedAction<'wallet.addPayoutAccount'> = {
  name: 'wallet.addPayoutAccount',
  derive: async (_db, input) => ({ amountMinor: null, currency: null, payee: payeeOf(input) }),
};
