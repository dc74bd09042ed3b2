import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** What passkeys and tokens need to know of the place where they are used. */
export interface AuthSettings {
  /** The domain that passkeys belong to. */
  rpId: string;
  rpName: string;
  /** Where the pages may be, exactly, such as `https://app.example`. */
  origins: readonly string[];
  issuer: string;
  audience: string;
  /** The first signs, all verify: a new key goes first, the old one stays until its last token has expired. */
  accessTokenKeys: readonly [AccessTokenKey, ...AccessTokenKey[]];
  /** 32 bytes from which the successors of refresh tokens are derived. */
  refreshTokenKey: Uint8Array;
  /** 32 bytes from which the credentials of people who do not exist are derived. */
  decoyKey: Uint8Array;
}

/** An Ed25519 key pair under its name. */
export interface AccessTokenKey {
  id: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** A private Ed25519 key as JWK (RFC 8037), under its name. */
export interface AccessTokenJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  kid: string;
  x: string;
  d: string;
}

/** The key pair of a JWK. Throws when its two halves do not belong together. */
export function accessTokenKey({ kty, crv, kid, x, d }: AccessTokenJwk): AccessTokenKey {
  if (kty !== 'OKP' || crv !== 'Ed25519') throw new RangeError('not an Ed25519 key');
  const privateKey = createPrivateKey({ key: pkcs8(d), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  if (publicKey.export({ format: 'jwk' }).x !== x) throw new RangeError('x and d are not of one key');
  return { id: kid, privateKey, publicKey };
}

/** The PKCS #8 form of an Ed25519 key (RFC 8410, section 7), from which the public half is computed anew. */
const pkcs8 = (d: string): Buffer =>
  Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(d, 'base64url')]);
