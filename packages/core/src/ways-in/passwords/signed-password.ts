import { createHmac } from 'node:crypto';
import type { SignedAction } from '../../approvals/index.ts';
import type { SealingKey } from '../../sealing.ts';
import { lockOwnAccount } from '../../users/index.ts';
import { normalizePassword } from './password.rules.ts';

/**
 * What is signed when a password is set: which one. It is named by an HMAC under the person's own key, so that the
 * signature is good for this password alone and the document tells nobody what it is.
 */
export const signedPassword: SignedAction<'auth.setPassword'> = {
  name: 'auth.setPassword',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: 'the password, as an HMAC under the person’s own key' },
  derive: async (tx, { newPassword }, signer) => {
    // Before one of his passkeys signs, as whoever recovers the account or changes another way in does.
    await lockOwnAccount(tx, signer);
    return {
      amountMinor: null,
      currency: null,
      payee: `password:${digestOf(newPassword, signer.dataKey())}`,
    };
  },
};

/** What is signed when the password is removed: that, in this session, under this key. */
export const signedPasswordRemoval: SignedAction<'auth.removePassword'> = {
  name: 'auth.removePassword',
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

function digestOf(newPassword: string, { key }: SealingKey): string {
  // A key of its own, because the data key seals.
  const ownKey = createHmac('sha256', key).update('signed password').digest();
  return createHmac('sha256', ownKey).update(normalizePassword(newPassword)).digest('base64url');
}
