import type { SignedAction } from '../approvals/index.ts';

/** What is signed when recovery codes are made: that they are, for they weaken the account. */
export const signedRecoveryCodes: SignedAction<'recovery.createCodes'> = {
  name: 'recovery.createCodes',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: 'none' },
  derive: async () => ({ amountMinor: null, currency: null, payee: null }),
};
