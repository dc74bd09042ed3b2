import { createPublicKey, type KeyObject } from 'node:crypto';
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { ResponseRejected } from './client-data.ts';
import { isEd25519KeySound } from './ed25519-key.rules.ts';

/**
 * The algorithm of a COSE_Key, after its key was seen to be a usable one of that algorithm: a point on P-256, an
 * Ed25519 key of no small order, or an RSA key of 2048 to 4096 bits. With attestation "none" the library looks at none of this.
 */
export function algorithmOf(coseKey: Uint8Array): number {
  const members = decodeCredentialPublicKey(Uint8Array.from(coseKey)) as Map<number, unknown>;
  const algorithm = members.get(3);
  if (typeof algorithm !== 'number' || !usable[algorithm]?.(members)) {
    throw new ResponseRejected('the public key is not usable');
  }
  return algorithm;
}

/** The algorithm that a COSE_Key names (RFC 9052, section 7.1). */
export const namedAlgorithm = (coseKey: Uint8Array): unknown =>
  (decodeCredentialPublicKey(Uint8Array.from(coseKey)) as Map<number, unknown>).get(3);

const usable: Record<number, (members: Map<number, unknown>) => boolean> = {
  [-7]: (members) =>
    members.get(1) === 2 &&
    members.get(-1) === 1 &&
    importJwk({ kty: 'EC', crv: 'P-256', x: text(members.get(-2)), y: text(members.get(-3)) }) !== null,
  [-8]: (members) =>
    members.get(1) === 1 &&
    members.get(-1) === 6 &&
    isEd25519KeySound(bytes(members.get(-2))) &&
    importJwk({ kty: 'OKP', crv: 'Ed25519', x: text(members.get(-2)) }) !== null,
  [-257]: (members) => {
    const key = importJwk({ kty: 'RSA', n: text(members.get(-1)), e: text(members.get(-2)) });
    const { modulusLength = 0, publicExponent = 0n } = key?.asymmetricKeyDetails ?? {};
    const isExponentFit = publicExponent >= 3n && publicExponent < 2n ** 32n && publicExponent % 2n === 1n;
    return members.get(1) === 3 && modulusLength >= 2048 && modulusLength <= 4096 && isExponentFit;
  },
};

const bytes = (member: unknown): Uint8Array => (member instanceof Uint8Array ? member : new Uint8Array());

const text = (member: unknown): string => Buffer.from(bytes(member)).toString('base64url');

function importJwk(key: Record<string, string>): KeyObject | null {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return null;
  }
}
