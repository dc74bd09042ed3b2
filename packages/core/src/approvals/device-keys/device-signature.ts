import { createPublicKey, verify } from 'node:crypto';
import { deviceKeySignatureDomain } from '@errand-dash/contract';
import { isEd25519KeySound } from '../../auth/index.ts';

/** Whether a device key signed a challenge. The key is 32 bytes, the signature 64 (RFC 8032). Throws never. */
export function verifyDeviceSignature(given: {
  publicKey: Uint8Array;
  challenge: Uint8Array;
  signature: Uint8Array;
}): boolean {
  const { publicKey, challenge, signature } = given;
  if (!isEd25519KeySound(publicKey)) return false;
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, deviceKeyMessage(challenge), key, signature);
  } catch {
    return false;
  }
}

/** What a device key signs for a challenge. */
export const deviceKeyMessage = (challenge: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${deviceKeySignatureDomain}\0`, 'utf8'), challenge]);
