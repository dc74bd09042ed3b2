// Prints, as JSON, how long the ways in take for people who exist, who are suspended and who do not exist: medians in
// milliseconds, of calls that take turns so that what else the machine does falls on all alike. Nothing asserts them.
import { createServer } from '@errand-dash/api';
import { type AssertionResponse, coreSettings, createCore, readSettings } from '@errand-dash/core';
import { createDb } from '@errand-dash/db';
import { createSoftwareAuthenticator, type SoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { startBenchDatabase } from './bench-database.ts';
import { benchEnvironment, benchOrigin } from './bench-environment.ts';

const CALLS = 200;
const deviceId = 'bench-device-0123456789';

const database = await startBenchDatabase('.data');
// The address of the database is not used: the pool is there already.
const environment = benchEnvironment('postgres://bench@127.0.0.1:1/bench');
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
    proxyHops: 0,
    rateLimits: null,
  },
  log: () => undefined,
});
const { url } = await server.listen();

try {
  const known = await register('known_person');
  const suspended = await register('suspended_person');
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
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
  return (await response.json()) as { result?: { data: { json: Started } } };
}

interface Started {
  ceremonyId: string;
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

async function register(handle: string): Promise<SoftwareAuthenticator> {
  const authenticator = createSoftwareAuthenticator({ origin: benchOrigin, algorithms: ['ES256'] });
  const { ceremonyId, options } = await start('auth.beginRegistration', { handle, displayName: 'Demo' });
  await call('auth.finishRegistration', {
    ceremonyId,
    response: await authenticator.create(options),
    deviceId,
  });
  return authenticator;
}

/** How long the refusal takes; what comes before it is not counted. */
async function refusedSignIn(
  authenticator: SoftwareAuthenticator,
  alter: (response: AssertionResponse) => AssertionResponse,
): Promise<number> {
  const { ceremonyId, options } = await start('auth.beginSignIn', {});
  const response = alter(await authenticator.get(options));
  return timed('auth.finishSignIn', { ceremonyId, response, deviceId });
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
