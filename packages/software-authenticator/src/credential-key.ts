import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Cbor, encodeCbor } from './cbor.ts';

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';

/** The numbers of the algorithms in the IANA registry of COSE. */
export const coseAlgorithms = { ES256: -7, EdDSA: -8, RS256: -257 } as const satisfies Record<
  Algorithm,
  number
>;

/** A fresh private key for the algorithm. */
export function generateKey(algorithm: Algorithm): KeyObject {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey;
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  }
}

/** The public key as a COSE_Key (RFC 9052, section 7, and RFC 8230 for RSA). */
export function coseKey(algorithm: Algorithm, privateKey: KeyObject): Buffer {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const bytes = (member: unknown): Buffer => Buffer.from(String(member), 'base64url');
  const members: Record<Algorithm, [number, Cbor][]> = {
    ES256: [
      [1, 2],
      [3, coseAlgorithms.ES256],
      [-1, 1],
      [-2, bytes(jwk.x)],
      [-3, bytes(jwk.y)],
    ],
    EdDSA: [
      [1, 1],
      [3, coseAlgorithms.EdDSA],
      [-1, 6],
      [-2, bytes(jwk.x)],
    ],
    RS256: [
      [1, 3],
      [3, coseAlgorithms.RS256],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ],
  };
  return encodeCbor(new Map(members[algorithm]));
}

/** Signs as WebAuthn level 3, section 6.5.5, wants it: ECDSA signatures in DER. */
export function signWith(algorithm: Algorithm, privateKey: KeyObject, data: Uint8Array): Buffer {
  return sign(algorithm === 'EdDSA' ? null : 'sha256', data, privateKey);
}

export const exportKey = (privateKey: KeyObject): string =>
  privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url');

export const importKey = (pkcs8: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(pkcs8, 'base64url'), format: 'der', type: 'pkcs8' });

export const exportPublicKey = (privateKey: KeyObject): string =>
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64url');
