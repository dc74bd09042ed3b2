import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import path from 'node:path';
import { sweeps } from '@errand-dash/core';
import { migrateJobs } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: TestDatabase;
const started: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateJobs({ ownerUrl: database.ownerUrl, queues: Object.keys(sweeps) });
});
afterAll(async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  await database.drop();
});

const key = () => randomBytes(32).toString('base64');

function signingKey(): string {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return JSON.stringify([{ kty: 'OKP', crv: 'Ed25519', kid: 'development-1', x, d }]);
}

function settings(): Record<string, string> {
  return {
    DATABASE_URL: database.applicationUrl,
    PUBLIC_URL: 'http://localhost:4000',
    RP_ID: 'localhost',
    RP_ORIGINS: 'http://localhost:4000',
    PAYSTACK_SECRET_KEY: 'sk_test_demo',
    PAYSTACK_BASE_URL: 'http://127.0.0.1:9',
    SEALING_KEYS: `development-1:${key()}`,
    BLIND_INDEX_KEY: `development:${key()}`,
    REFRESH_TOKEN_KEY: `development:${key()}`,
    DECOY_KEY: `development:${key()}`,
    ACCESS_TOKEN_KEYS: signingKey(),
    LEDGER_SEAL_KEYS: signingKey(),
  };
}

function run(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, said, ended };
}

test('once through prints a line for each sweep and ends well', async () => {
  const { said, ended } = run(settings(), '--once');
  expect(await ended, said.err).toEqual({ code: 0, signal: null });
  expect(said.out.trim().split('\n')).toEqual(Object.keys(sweeps).map((name) => `${name}: 0`));
});

test('once through asks for reconciliation, and the report says that the provider was not reached', async () => {
  await run(settings(), '--once').ended;
  const text = run(settings(), '--report');
  expect(await text.ended, text.said.err).toEqual({ code: 0, signal: null });
  expect(text.said.out).toContain('NOT READ: the provider’s balance ledger: connection_failed');
  const json = run(settings(), '--report', '--json');
  expect(await json.ended, json.said.err).toEqual({ code: 0, signal: null });
  expect(JSON.parse(json.said.out)).toMatchObject({ isComplete: false, drifts: [] });
  const other = run(settings(), '--report', '--day', '2020-01-31');
  expect(await other.ended, other.said.err).toEqual({ code: 0, signal: null });
  expect(other.said.out).toContain('2020-01-31');
});

test.each([
  [['--report', '--day', '2020-02-30'], 1],
  [['--onse'], 1],
])('%j is refused', async (args, code) => {
  expect((await run(settings(), ...args).ended).code).toBe(code);
});

test.each(['SIGTERM', 'SIGINT'] as const)('a running worker ends in order by %s', async (signal) => {
  const { child, said, ended } = run(settings());
  for (const endsAt = Date.now() + 15_000; !said.out.includes('the worker works'); ) {
    if (Date.now() > endsAt) throw new Error(`it did not start: ${said.err}${said.out}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill(signal);
  expect(await ended, said.err).toEqual({ code: 0, signal: null });
  expect(said.out).toContain('the worker stops');
});

test('wrong settings are told all at once, without their values, and nothing is started', async () => {
  const { DATABASE_URL: _url, DECOY_KEY: _key, ...rest } = settings();
  const { said, ended } = run({ ...rest, PAYSTACK_SECRET_KEY: 'sk_wrong_8f3a1c', WORKER_POLL_SECONDS: '0' });
  expect((await ended).code).toBe(1);
  for (const name of ['DATABASE_URL', 'DECOY_KEY', 'PAYSTACK_SECRET_KEY', 'WORKER_POLL_SECONDS']) {
    expect(said.err).toContain(name);
  }
  expect(said.err).not.toContain('8f3a1c');
});

test('a development system does not start as production', async () => {
  const { said, ended } = run({ ...settings(), NODE_ENV: 'production' });
  expect((await ended).code).toBe(1);
  for (const name of [
    'PAYSTACK_SECRET_KEY',
    'PUBLIC_URL',
    'SEALING_KEYS',
    'ACCESS_TOKEN_KEYS',
    'LEDGER_SEAL_KEYS',
    'DECOY_KEY',
    'SMS_PROVIDER',
    'SMTP_URL',
    'LEDGER_HEADS_FILE',
    'AUDIT_HEADS_FILE',
  ]) {
    expect(said.err).toContain(`${name} must`);
  }
});
