import { randomBytes } from 'node:crypto';
import type { Role } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import type { AuthSettings } from '../auth/index.ts';
import type { Call } from '../claim.ts';

export { clockCall } from '../sweep.ts';

import { type Core, newId } from '../core.ts';
import type { Message, MessagePort } from '../messages/index.ts';
import { createPayments, type PaymentSettings } from '../payments/index.ts';
import { defaultPolicy, type Policy } from '../policy.ts';
import { type Keyring, makeDataKey } from '../sealing.ts';
import type { SealSettings } from '../seals/index.ts';
import { onlyPasskeys } from '../ways-in/index.ts';
import { testHeadKey } from './head-key.ts';
import { testTokenKey } from './token-key.ts';

/** A call as of who works on the server. */
export const onServer: Call = {
  caller: { kind: 'server', task: 'test' },
  idempotencyKey: null,
  requestId: 'test',
};

/** A core over a test's own database, with keys of its own. What it was asked to wake and to send is kept. */
export interface TestCore extends Core {
  woken: string[];
  /** Text messages and mails, as their ports were given them. */
  sent: Message[];
}

export function createTestCore(
  db: Db,
  given: { policy?: Partial<Policy>; payments?: PaymentSettings; seals?: Partial<SealSettings> } = {},
): TestCore {
  const woken: string[] = [];
  const sent: TestCore['sent'] = [];
  return {
    db,
    random: randomBytes,
    keyring: testKeyring(),
    policy: { ...defaultPolicy, ...given.policy },
    auth: testAuth(),
    messages: { phone: keepingPort(sent), email: keepingPort(sent) },
    payments: given.payments ?? unreachablePayments(),
    waysIn: onlyPasskeys,
    seals: { keys: [testHeadKey('test')], headsFile: null, auditHeadsFile: null, ...given.seals },
    wake: (queue) => woken.push(queue),
    log: () => undefined,
    woken,
    sent,
  };
}

function keepingPort(sent: Message[]): MessagePort {
  return {
    provider: 'test',
    send: async (message) => {
      sent.push(message);
      return { outcome: 'sent', providerMessageId: `test-${message.id}` };
    },
  };
}

const testKeyring = (): Keyring => ({
  wrapping: [{ id: 'test', key: randomBytes(32) }],
  blindIndexKey: randomBytes(32),
});

const testAuth = (): AuthSettings => ({
  rpId: 'errand.example',
  rpName: 'ErrandDash',
  origins: ['https://app.errand.example'],
  issuer: 'https://api.errand.example',
  audience: 'errand-dash',
  accessTokenKeys: [testTokenKey('first'), testTokenKey('second')],
  refreshTokenKey: randomBytes(32),
  decoyKey: randomBytes(32),
});

/** A provider that never answers, for tests which do not pay. */
const unreachablePayments = (): PaymentSettings =>
  createPayments({
    secretKey: 'sk_test_unreachable',
    previousSecretKeys: [],
    baseUrl: 'http://127.0.0.1:9',
    timeoutSeconds: 1,
  });

/** A person with a live session, put there directly. */
export interface TestUser {
  userId: string;
  sessionId: string;
  /** A call of this person's, under a fresh key unless one is given. */
  call: (idempotencyKey?: string) => Call;
}

export async function makeTestUser(
  core: Core,
  handle: string,
  roles: readonly Role[] = [],
): Promise<TestUser> {
  const now = new Date();
  const userId = newId(core, now);
  const sessionId = newId(core, now);
  const { wrappedKey, wrappingKeyId } = makeDataKey(core.keyring, userId, core.random);
  const far = new Date(now.getTime() + 365 * 86_400_000);
  await sql`insert into users (id, handle, display_name, created_at) values
    (${userId}, ${handle}, ${`Demo ${handle}`}, ${now})`.execute(core.db);
  await sql`insert into user_data_keys values (${userId}, ${Buffer.from(wrappedKey)}, ${wrappingKeyId}, ${now})`.execute(
    core.db,
  );
  for (const role of roles) {
    await sql`insert into user_roles values (${userId}, ${role}, ${now})`.execute(core.db);
  }
  await sql`insert into sessions (id, user_id, device_id_hash, user_agent, created_at, last_used_at,
      idle_expires_at, absolute_expires_at)
    values (${sessionId}, ${userId}, ${Buffer.alloc(32)}, 'test', ${now}, ${now}, ${far}, ${far})`.execute(
    core.db,
  );
  return {
    userId,
    sessionId,
    call: (idempotencyKey = `key-${Buffer.from(core.random(9)).toString('base64url')}`) => ({
      caller: { kind: 'user', userId, sessionId },
      idempotencyKey,
      requestId: 'test',
    }),
  };
}

/** Moves the time of every command on, as a virtual clock does. Needs the owner's connection. */
export async function moveClock(owner: Db, seconds: number): Promise<void> {
  await sql`update clock_offset set is_virtual = true, offset_milliseconds = offset_milliseconds + ${seconds * 1000}`.execute(
    owner,
  );
}
