import { formatId } from '@errand-dash/contract';
import { isEd25519KeySound } from '../../auth/index.ts';
import { refuse } from '../../refusal.ts';
import { lockOwnAccount } from '../../users/index.ts';
import type { SignedAction } from '../signing/signed-action.ts';
import { findDeviceKey, findDeviceKeyByApproval } from './device-key.store.ts';

const byHimself = { by: 'owner', means: ['passkey'], limit: 'always' } as const;

/** What is signed when a device key is enrolled: the public key itself. */
export const signedEnrolment: SignedAction<'approvals.enrollDeviceKey'> = {
  name: 'approvals.enrollDeviceKey',
  ...byHimself,
  says: { amount: 'none', payee: '`ed25519:<public key in base64url>`' },
  derive: async (tx, { publicKey }, signer) => {
    // Before one of his passkeys signs, as whoever changes a way in does.
    await lockOwnAccount(tx, signer);
    return isEd25519KeySound(Buffer.from(publicKey, 'base64url'))
      ? { amountMinor: null, currency: null, payee: `ed25519:${publicKey}` }
      : refuse('DEVICE_KEY_INVALID', {});
  },
  doneProblem: async (db, approvalId, { payee }) => {
    const key = await findDeviceKeyByApproval(db, approvalId);
    const enrolled = key && `ed25519:${Buffer.from(key.publicKey).toString('base64url')}`;
    return key === null || enrolled === payee ? null : 'another key was enrolled than was signed';
  },
};

/** What is signed when one is revoked: which of the person's own. */
export const signedDeviceKeyRevocation: SignedAction<'approvals.revokeDeviceKey'> = {
  name: 'approvals.revokeDeviceKey',
  ...byHimself,
  says: { amount: 'none', payee: '`device_key_<id>`' },
  derive: async (tx, { deviceKeyId }, { userId }) => {
    const key = await findDeviceKey(tx, deviceKeyId);
    if (key === null || key.userId !== userId) return refuse('OBJECT_NOT_FOUND', {});
    return { amountMinor: null, currency: null, payee: formatId('deviceKey', deviceKeyId) };
  },
  doneProblem: async (db, approvalId, { payee }) => {
    const key = await findDeviceKeyByApproval(db, approvalId);
    const isSame = key === null || formatId('deviceKey', key.id) === payee;
    return isSame ? null : 'another key was revoked than was signed';
  },
};
