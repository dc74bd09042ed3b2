import { createHash } from 'node:crypto';
import { formatId } from '@errand-dash/contract';
import type { SignedAction } from '../approvals/index.ts';
import { findOwnPasskey, lockPasskeys, type RegistrationResponse } from '../auth/index.ts';
import { refuse } from '../refusal.ts';
import { lockOwnAccount } from '../users/index.ts';

/** What is signed when a passkey is added: the credential that the authenticator has made, with its public key. */
export const signedNewPasskey: SignedAction<'auth.addPasskey'> = {
  name: 'auth.addPasskey',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: {
    amount: 'none',
    payee: '`passkey:<credential id>:<SHA-256 of the attestation object in base64url>`',
  },
  derive: async (tx, { response }, signer) => {
    // Before one of his passkeys signs: who undoes a recovery removes what was added, and finds it only after that.
    await lockOwnAccount(tx, signer);
    return { amountMinor: null, currency: null, payee: payeeOf(response) };
  },
};

/**
 * What is signed when a passkey is removed: which. One that is removed already is signed for too, so that who lost
 * the answer gets it again.
 */
export const signedPasskeyRemoval: SignedAction<'auth.removePasskey'> = {
  name: 'auth.removePasskey',
  by: 'owner',
  means: ['passkey'],
  limit: 'always',
  says: { amount: 'none', payee: '`passkey_<id>`' },
  derive: async (tx, { passkeyId }, signer) => {
    await lockOwnAccount(tx, signer);
    // Before one of them signs: of two removals at once each would else wait for the passkey that the other used.
    await lockPasskeys(tx, signer.userId);
    const passkey = await findOwnPasskey(tx, signer.userId, passkeyId);
    if (passkey === null) return refuse('OBJECT_NOT_FOUND', {});
    return { amountMinor: null, currency: null, payee: formatId('passkey', passkeyId) };
  },
};

function payeeOf({ id, response }: RegistrationResponse): string {
  const attestation = Buffer.from(response.attestationObject, 'base64url');
  return `passkey:${id}:${createHash('sha256').update(attestation).digest('base64url')}`;
}
