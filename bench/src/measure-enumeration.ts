// Prints, as JSON, how long the ways in take for people who exist, who are suspended and who do not exist: medians in
// milliseconds, of calls that take turns so that what else the machine does falls on all alike. Nothing asserts them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from '@errand-dash/api';
import { type AssertionResponse, coreSettings, createCore, readSettings } from '@errand-dash/core';
import { createDb } from '@errand-dash/db';
import { createErrandDash } from '@errand-dash/sdk';
import { createSoftwareAuthenticator, type SoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { startBenchDatabase } from './bench-database.ts';
import { benchEnvironment, benchOrigin } from './bench-environment.ts';

const CALLS = 200;
const deviceId = 'bench-device-0123456789';
const wrongCode = { recoveryCode: 'AAAAA-AAAAA-AAAAA-AAAAA' };

const database = await startBenchDatabase('.data');
const folder = await mkdtemp(path.join(tmpdir(), 'errand-dash-enumeration-'));
const breachedFile = path.join(folder, 'breached.txt');
await writeFile(breachedFile, `${'0'.repeat(40)}:1\n`);
const environment = {
  // The address of the database is not used: the pool is there already.
  ...benchEnvironment('postgres://bench@127.0.0.1:1/bench'),
  PASSWORD_SIGN_IN: 'on',
  BREACHED_PASSWORDS_FILE: breachedFile,
};
const core = createCore(readSettings(coreSettings, environment), {
  db: createDb(database.pool),
  wake: () => undefined,
  log: () => undefined,
});
const server = createServer({
  core,
  settings: {
    host: '127.0.0.1',
    port: 0,
    opsPort: 0,
    origins: [benchOrigin],
    isClockVirtual: false,
    // Each call comes from another network, or the tries of one would be used up.
    proxyHops: 1,
    rateLimits: null,
  },
  log: () => undefined,
});
const { url } = await server.listen();

try {
  const known = await register('known_person');
  const suspended = await register('suspended_person');
  await register('password_person', true);
  await database.ownerPool.query(
    "update users set suspended_at = created_at where handle = 'suspended_person'",
  );
  console.log(
    JSON.stringify(
      {
        calls: CALLS,
        medianMilliseconds: {
          beginSignIn: await takeTurns({
            known: () => timed('auth.beginSignIn', { handle: 'known_person' }),
            suspended: () => timed('auth.beginSignIn', { handle: 'suspended_person' }),
            unknown: () => timed('auth.beginSignIn', { handle: 'nobody_known' }),
          }),
          finishSignInRefused: await takeTurns({
            known: () => refusedSignIn(known, (response) => breakSignature(response)),
            suspended: () => refusedSignIn(suspended, (response) => response),
            unknown: () => refusedSignIn(known, (response) => nameAnotherPasskey(response)),
          }),
          beginRegistration: await takeTurns({
            taken: () => timed('auth.beginRegistration', { handle: 'known_person', displayName: 'Demo' }),
            free: () => timed('auth.beginRegistration', { handle: 'nobody_known', displayName: 'Demo' }),
          }),
          signInWithPasswordRefused: await takeTurns({
            known: () => timed('auth.signInWithPassword', wrongPassword('password_person')),
            knownWithoutPassword: () => timed('auth.signInWithPassword', wrongPassword('known_person')),
            suspended: () => timed('auth.signInWithPassword', wrongPassword('suspended_person')),
            unknown: () => timed('auth.signInWithPassword', wrongPassword('nobody_known')),
          }),
          beginRecovery: await takeTurns({
            known: () => timed('recovery.begin', { handle: 'known_person' }),
            suspended: () => timed('recovery.begin', { handle: 'suspended_person' }),
            unknown: () => timed('recovery.begin', { handle: 'nobody_known' }),
          }),
          sendRecoveryCodes: await takeTurns({
            known: () => inRecovery('password_person', 'recovery.sendCodes', {}),
            suspended: () => inRecovery('suspended_person', 'recovery.sendCodes', {}),
            unknown: () => inRecovery('nobody_known', 'recovery.sendCodes', {}),
          }),
          proveByRecoveryCodeRefused: await takeTurns({
            known: () => inRecovery('password_person', 'recovery.proveByRecoveryCode', wrongCode),
            knownWithoutCodes: () => inRecovery('known_person', 'recovery.proveByRecoveryCode', wrongCode),
            unknown: () => inRecovery('nobody_known', 'recovery.proveByRecoveryCode', wrongCode),
          }),
          refreshRefused: await takeTurns({
            unknown: () =>
              timed('auth.refresh', { refreshToken: Buffer.alloc(32, 7).toString('base64url'), deviceId }),
          }),
        },
      },
      null,
      2,
    ),
  );
} finally {
  await server.close();
  await database.stop();
  await rm(folder, { recursive: true });
}

/** The median of each, measured one after the other in turns, the first turns left out. */
async function takeTurns(kinds: Record<string, () => Promise<number>>): Promise<Record<string, number>> {
  const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  for (let turn = -20; turn < CALLS; turn += 1) {
    for (const [kind, once] of Object.entries(kinds)) {
      const milliseconds = await once();
      if (turn >= 0) times[kind]?.push(milliseconds);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([kind, taken]) => [kind, median(taken)]));
}

function median(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1000) / 1000;
}

async function call(path: string, input: unknown) {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': someNetwork() },
    body: JSON.stringify({ json: input }),
  });
  // What is refused for its number says nothing of how long the others take.
  if (response.status === 429) throw new Error(`${path} was refused: too many calls`);
  return (await response.json()) as { result?: { data: { json: Started } } };
}

interface Started {
  ceremony: string;
  recoveryId: string;
  options: Parameters<SoftwareAuthenticator['create']>[0] & Parameters<SoftwareAuthenticator['get']>[0];
}

async function timed(path: string, input: unknown): Promise<number> {
  const startedAt = performance.now();
  await call(path, input);
  return performance.now() - startedAt;
}

async function start(path: string, input: unknown): Promise<Started> {
  const started = (await call(path, input)).result?.data.json;
  if (started === undefined) throw new Error(`${path} was refused`);
  return started;
}

/** Signs somebody up, where asked with a password that stands on recovery codes. */
async function register(handle: string, hasPassword = false): Promise<SoftwareAuthenticator> {
  const authenticator = createSoftwareAuthenticator({ origin: benchOrigin, algorithms: ['ES256'] });
  const dash = createErrandDash({ url, authenticator, storage: new Map() });
  await dash.signUp({ handle, displayName: 'Bench (demo)' });
  if (hasPassword) {
    await dash.recovery.createCodes({});
    await dash.auth.setPassword({ newPassword: 'a demo pass phrase' });
  }
  return authenticator;
}

async function inRecovery(handle: string, path: string, given: object): Promise<number> {
  const { recoveryId } = await start('recovery.begin', { handle });
  return timed(path, { recoveryId, ...given });
}

/** How long the refusal takes; what comes before it is not counted. */
async function refusedSignIn(
  authenticator: SoftwareAuthenticator,
  alter: (response: AssertionResponse) => AssertionResponse,
): Promise<number> {
  const { ceremony, options } = await start('auth.beginSignIn', {});
  const response = alter(await authenticator.get(options));
  return timed('auth.finishSignIn', { ceremony, response, deviceId });
}

function breakSignature(response: AssertionResponse): AssertionResponse {
  const signature = Buffer.from(response.response.signature, 'base64url');
  signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
  return {
    ...response,
    response: { ...response.response, signature: signature.toString('base64url') },
  };
}

function nameAnotherPasskey(response: AssertionResponse): AssertionResponse {
  const id = Buffer.alloc(16, 7).toString('base64url');
  return { ...response, id, rawId: id };
}

function wrongPassword(name: string) {
  return { name, password: 'another demo pass phrase', deviceId };
}

/** Of the networks for documentation (RFC 3849), for each call another. */
function someNetwork(): string {
  const part = () => Math.floor(Math.random() * 0x10000).toString(16);
  return `2001:db8:${part()}:${part()}::1`;
}
