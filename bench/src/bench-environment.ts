import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** Settings with keys for this one run, for a process on the database of this address. */
export function benchEnvironment(databaseUrl: string): Record<string, string> {
  const key = () => `development:${randomBytes(32).toString('base64')}`;
  const signingKey = () => {
    const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    return JSON.stringify([{ kty, crv, kid: 'development-1', x, d }]);
  };
  return {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS_MAX: '16',
    PUBLIC_URL: benchOrigin,
    RP_ID: 'localhost',
    RP_ORIGINS: benchOrigin,
    PAYSTACK_SECRET_KEY: 'sk_test_bench',
    // Nobody is asked: no row pays in or out at the provider.
    PAYSTACK_BASE_URL: 'http://127.0.0.1:9',
    SEALING_KEYS: `development-1:${randomBytes(32).toString('base64')}`,
    BLIND_INDEX_KEY: key(),
    REFRESH_TOKEN_KEY: key(),
    DECOY_KEY: key(),
    ACCESS_TOKEN_KEYS: signingKey(),
    LEDGER_SEAL_KEYS: signingKey(),
  };
}

/** Where the passkeys of the bench's people belong. */
export const benchOrigin = 'http://localhost:4000';
