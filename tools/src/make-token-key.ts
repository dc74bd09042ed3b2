import { generateKeyPairSync } from 'node:crypto';
import type { AccessTokenJwk } from '@errand-dash/core';

/** A fresh Ed25519 key for access tokens, under this name. */
export function makeTokenKey(kid: string): AccessTokenJwk {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', kid, x, d };
}
