import type { SignedAction } from '../../approvals/index.ts';
import { lockOwnAccount } from '../../users/index.ts';

/** What is signed when an authenticator app is removed: that, in this session, under this key. */
export const signedTotpRemoval: SignedAction<'auth.removeTotp'> = {
  name: 'auth.removeTotp',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: 'none' },
  derive: async (tx, _input, signer) => {
    // Before one of his passkeys signs, as whoever recovers the account or changes another way in does.
    await lockOwnAccount(tx, signer);
    return { amountMinor: null, currency: null, payee: null };
  },
};
