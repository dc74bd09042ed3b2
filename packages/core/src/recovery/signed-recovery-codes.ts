import type { SignedAction } from '../approvals/index.ts';
import { lockOwnAccount } from '../users/index.ts';

/** What is signed when recovery codes are made: that they are, for they weaken the account. */
export const signedRecoveryCodes: SignedAction<'recovery.createCodes'> = {
  name: 'recovery.createCodes',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: 'none' },
  derive: async (tx, _input, signer) => {
    // Two at once would each leave their own codes. Before one of his passkeys signs, as whoever adds one or undoes a recovery does.
    await lockOwnAccount(tx, signer);
    return { amountMinor: null, currency: null, payee: null };
  },
};
