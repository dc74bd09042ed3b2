import { generateKeyPairSync } from 'node:crypto';
import { type AccessTokenKey, accessTokenKey } from '../auth/index.ts';

/** A fresh key for access tokens. */
export function testTokenKey(kid: string): AccessTokenKey {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return accessTokenKey({ kty: 'OKP', crv: 'Ed25519', kid, x, d });
}
