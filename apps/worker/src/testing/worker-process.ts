import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { TestCore, TestProvider } from '@errand-dash/core/testing';
import type { TestDatabase } from '@errand-dash/db/testing';

/** A worker in a process of its own, as it is deployed. */
export interface WorkerProcess {
  /** Ends it as the kernel does, in the middle of whatever it does. */
  kill: () => Promise<void>;
  /** What it has said, for a test that fails. */
  said: () => string;
}

/** Starts a worker that has the keys of a test's core, looks every tenth of a second, and lives by the virtual clock. */
export function startWorkerProcess(given: {
  core: TestCore;
  database: TestDatabase;
  provider: TestProvider;
}): WorkerProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../main.ts')], {
    env: { PATH: process.env.PATH ?? '', ...settingsOf(given) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'exit');
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    said: () => said,
  };
}

function settingsOf({ core, database, provider }: Parameters<typeof startWorkerProcess>[0]) {
  const base64 = (key: Uint8Array) => Buffer.from(key).toString('base64');
  const signingKey = () => {
    const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    return JSON.stringify([{ kty: 'OKP', crv: 'Ed25519', kid: 'test', x, d }]);
  };
  return {
    DATABASE_URL: database.applicationUrl,
    CLOCK: 'virtual',
    PUBLIC_URL: 'http://localhost:4000',
    RP_ID: 'localhost',
    RP_ORIGINS: 'http://localhost:4000',
    PAYSTACK_SECRET_KEY: provider.secretKey,
    PAYSTACK_BASE_URL: provider.url,
    SEALING_KEYS: core.keyring.wrapping.map(({ id, key }) => `${id}:${base64(key)}`).join(','),
    BLIND_INDEX_KEY: base64(core.keyring.blindIndexKey),
    REFRESH_TOKEN_KEY: base64(randomBytes(32)),
    DECOY_KEY: base64(randomBytes(32)),
    ACCESS_TOKEN_KEYS: signingKey(),
    LEDGER_SEAL_KEYS: signingKey(),
    WORKER_POLL_SECONDS: '0.1',
  };
}
