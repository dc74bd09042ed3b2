import { randomUUID } from 'node:crypto';
import { type Call, type Core, coreSettings, createCore, readSettings } from '@errand-dash/core';
import { createDb } from '@errand-dash/db';
import { createErrandDash, type ErrandDash } from '@errand-dash/sdk';
import { createSoftwareAuthenticator, type SoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { benchEnvironment, benchOrigin } from './bench-environment.ts';
import type { BenchContext } from './bench-row.ts';
import { postAll, poster, setOf, sourceAccount } from './ledger-sets.ts';
import { type ServerAddresses, startServers } from './start-servers.ts';

/** Somebody who does not exist, signed in with a passkey, with money in his wallet. */
export interface BenchPerson {
  handle: string;
  dash: ErrandDash;
  authenticator: SoftwareAuthenticator;
  accessToken: string;
  /** A call of this person's, in this process. */
  call: () => Call;
}

/** The servers, a core on the same database in this process, and people who use both. */
export interface Town extends ServerAddresses {
  core: Core;
  people: BenchPerson[];
  close: () => Promise<void>;
}

const wealthMinor = 1_000_000_000_000n;

/** Starts the servers and signs so many people up through the SDK. They are senders and runners at once. */
export async function settleTown(context: BenchContext, count: number): Promise<Town> {
  const environment = benchEnvironment(context.applicationUrl);
  const servers = await startServers(environment);
  const settings = readSettings(coreSettings, environment);
  const core = createCore(settings, {
    db: createDb(context.pool),
    wake: () => undefined,
    log: () => undefined,
  });
  const people = await Promise.all(Array.from({ length: count }, () => signUp(servers.apiUrl)));
  await giveRoles(context, people);
  const send = poster(context.pool);
  for (const { userId } of people) {
    const wallet = { purpose: 'available', ownerId: userId, currency: 'NGN' } as const;
    await postAll(send, [setOf([[sourceAccount, wallet, wealthMinor]])]);
  }
  return { ...servers, core, people };
}

async function signUp(apiUrl: string): Promise<BenchPerson & { userId: string }> {
  const stored = new Map<string, string>();
  const authenticator = createSoftwareAuthenticator({
    origin: benchOrigin,
    algorithms: ['ES256'],
    hasCounter: false,
  });
  const dash = createErrandDash({ url: apiUrl, authenticator, storage: stored });
  const handle = `demo_${randomUUID().slice(0, 13).replaceAll('-', '')}`;
  await dash.signUp({ handle, displayName: 'Bench (demo)' });
  const { tokens } = JSON.parse([...stored.values()].join('')) as { tokens: { accessToken: string } };
  const { accessToken } = tokens;
  const { sub = '', sid = '' } = JSON.parse(
    Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, string>;
  return {
    ...{ handle, dash, authenticator, accessToken, userId: sub },
    call: () => ({
      caller: { kind: 'user', userId: sub, sessionId: sid },
      idempotencyKey: randomUUID(),
      requestId: 'bench',
    }),
  };
}

/** Directly: the bench has no telephone to verify. */
async function giveRoles({ ownerPool }: BenchContext, people: { userId: string }[]): Promise<void> {
  await ownerPool.query(
    `insert into user_roles (user_id, role, granted_at)
      select id, role, now() from unnest($1::uuid[]) as person(id), unnest($2::text[]) as role`,
    [people.map(({ userId }) => userId), ['sender', 'runner']],
  );
}

export const pickOne = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;
