// Both sides of the row rpc-overhead, in a process of their own, so that whoever asks does not slow them down.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from '@errand-dash/api';
import { coreSettings, createCore, readSettings } from '@errand-dash/core';
import { createDb, createPool } from '@errand-dash/db';
import express from 'express';

/** Where the two sides answer. */
export interface RpcServers {
  apiUrl: string;
  bareUrl: string;
}

const settings = readSettings(coreSettings, benchEnvironment());
const pool = createPool({
  url: settings.DATABASE_URL,
  connectionsMax: 2,
  applicationName: 'errand-dash-bench',
  statementTimeoutSeconds: 10,
  waitSecondsMax: 10,
});
const log = () => undefined;
const core = createCore(settings, { db: createDb(pool), wake: () => undefined, log });
const place = {
  host: '127.0.0.1',
  port: 0,
  opsPort: 0,
  origins: settings.RP_ORIGINS,
  isClockVirtual: false,
  proxyHops: 0,
};
const { url } = await createServer({ core, settings: place, log }).listen();

const bare = express();
bare.get('/ping', (_req, res) => {
  res.json({ result: { data: { json: {} } } });
});
const listener = bare.listen(0, '127.0.0.1', () => {
  const { port } = listener.address() as AddressInfo;
  const servers: RpcServers = {
    apiUrl: `${url}/trpc/system.ping`,
    bareUrl: `http://127.0.0.1:${port}/ping`,
  };
  process.send?.(servers);
});
process.once('disconnect', () => process.exit());

/** Keys for this one run. The query that is measured asks the database nothing. */
function benchEnvironment() {
  const key = () => `development:${randomBytes(32).toString('base64')}`;
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return {
    DATABASE_URL: 'postgres://bench@127.0.0.1:1/bench',
    PUBLIC_URL: 'http://localhost:4000',
    RP_ID: 'localhost',
    RP_ORIGINS: 'http://localhost:4000',
    PAYSTACK_SECRET_KEY: 'sk_test_bench',
    SEALING_KEYS: `development-1:${randomBytes(32).toString('base64')}`,
    BLIND_INDEX_KEY: key(),
    REFRESH_TOKEN_KEY: key(),
    DECOY_KEY: key(),
    ACCESS_TOKEN_KEYS: JSON.stringify([{ kty, crv, kid: 'development-1', x, d }]),
  };
}
