import type { Db } from '@errand-dash/db';
import { findRecordedPasskey, verifyAssertion } from '../../auth/index.ts';
import type { KeptAssertion, KeptDeviceSignature, StoredApproval } from '../approval.store.ts';
import { findDeviceKey } from '../device-keys/device-key.store.ts';
import { verifyDeviceSignature } from '../device-keys/device-signature.ts';

/** Who signed, with which of his keys. */
export type ProvedSigner =
  /** The credential id is base64url. */
  | { means: 'passkey'; userId: string; credentialId: string; removedAt: Date | null }
  | { means: 'device_key'; userId: string; deviceKeyId: string; name: string; revokedAt: Date | null };

/**
 * Verifies the signature that an approval keeps, by the key that it keeps, and that this key was the person's own when
 * it was used. What became of the key since does not matter. Answers why not, where not.
 */
export function proveSigner(
  db: Db,
  stored: StoredApproval,
  kept: KeptAssertion | KeptDeviceSignature,
  consumedAt: Date,
): Promise<ProvedSigner | string> {
  return kept.means === 'passkey'
    ? provePasskey(db, stored, kept, consumedAt)
    : proveDeviceKey(db, stored, kept, consumedAt);
}

async function provePasskey(
  db: Db,
  { userId, challenge, origins, rpId, allowedPasskeyIds }: StoredApproval,
  kept: KeptAssertion,
  consumedAt: Date,
): Promise<ProvedSigner | string> {
  const id = Buffer.from(kept.credentialId).toString('base64url');
  const passkey = {
    userId,
    credentialId: kept.credentialId,
    publicKey: kept.publicKey,
    // That the counter was ahead and the eligibility the same was seen when it was accepted.
    counter: 0,
    isBackupEligible: ((kept.authenticatorData[FLAGS_OFFSET] ?? 0) & BACKUP_ELIGIBLE) !== 0,
  };
  const response = {
    clientDataJSON: Buffer.from(kept.clientDataJson).toString('base64url'),
    authenticatorData: Buffer.from(kept.authenticatorData).toString('base64url'),
    signature: Buffer.from(kept.signature).toString('base64url'),
  };
  const expected = { challenge, origins, rpId, isUserHandleRequired: false };
  const verdict = await verifyAssertion({ id, rawId: id, type: 'public-key', response }, passkey, expected);
  if (!verdict.isVerified) return verdict.reason;
  const recorded = await findRecordedPasskey(db, kept.credentialId);
  const isOwn =
    recorded?.userId === userId &&
    Buffer.from(recorded.publicKey).equals(kept.publicKey) &&
    allowedPasskeyIds.includes(recorded.passkeyId);
  if (!isOwn) return 'the passkey is not the person’s';
  const { createdAt, removedAt } = recorded;
  if (!wasLive(createdAt, removedAt, consumedAt)) return 'the passkey was not the person’s at that time';
  return { means: 'passkey', userId, credentialId: id, removedAt };
}

async function proveDeviceKey(
  db: Db,
  { userId, challenge, allowedDeviceKeyIds }: StoredApproval,
  { deviceKeyId, publicKey, signature }: KeptDeviceSignature,
  consumedAt: Date,
): Promise<ProvedSigner | string> {
  if (!verifyDeviceSignature({ publicKey, challenge, signature })) return 'the signature does not verify';
  const enrolled = await findDeviceKey(db, deviceKeyId);
  const isOwn =
    enrolled?.userId === userId &&
    Buffer.from(enrolled.publicKey).equals(publicKey) &&
    allowedDeviceKeyIds.includes(deviceKeyId);
  if (!isOwn) return 'the device key is not the person’s';
  const { createdAt, revokedAt, name } = enrolled;
  if (!wasLive(createdAt, revokedAt, consumedAt)) return 'the device key was not enrolled at that time';
  return { means: 'device_key', userId, deviceKeyId, name, revokedAt };
}

const wasLive = (createdAt: Date, endedAt: Date | null, at: Date): boolean =>
  createdAt <= at && (endedAt === null || endedAt >= at);

/** WebAuthn level 3, section 6.1: after the 32 bytes of the relying party's hash; bit 3. */
const FLAGS_OFFSET = 32;
const BACKUP_ELIGIBLE = 0b1000;
