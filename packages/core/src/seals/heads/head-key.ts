import { createPublicKey } from 'node:crypto';
import { type AccessTokenJwk, accessTokenKey } from '../../auth/index.ts';
import type { HeadKey, SealSettings } from './seal-head.ts';

/** An Ed25519 key as JWK (RFC 8037). Without `d` it is one that signs no more. */
export type HeadJwk = Omit<AccessTokenJwk, 'd'> & { d?: string | undefined };

/** The key of a JWK. Throws when its two halves do not belong together. */
export function headKey({ d, ...jwk }: HeadJwk): HeadKey {
  if (d !== undefined) return accessTokenKey({ ...jwk, d });
  const { kid, kty, crv, x } = jwk;
  return { id: kid, publicKey: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }), privateKey: null };
}

/** The public keys by which anybody verifies heads (RFC 7517), those of the past among them. */
export function publicHeadKeys({ keys }: SealSettings): { keys: object[] } {
  return {
    keys: keys.map(({ id, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid: id,
      alg: 'EdDSA',
      use: 'sig',
    })),
  };
}
