import type { SignedAction } from '../../approvals/index.ts';

/** What is signed when an authenticator app is removed: that, in this session, under this key. */
export const signedTotpRemoval: SignedAction<'auth.removeTotp'> = {
  name: 'auth.removeTotp',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: 'none' },
  derive: async () => ({ amountMinor: null, currency: null, payee: null }),
};
