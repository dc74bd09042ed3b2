import { createDatabaseClock, type Log, signAccessToken } from '@errand-dash/core';
import { moveClock } from '@errand-dash/core/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CallToLimit, createRateLimiter } from './rate-limiter.ts';
import { defaultRateLimits, type RateLimits, rateLimitSetting } from './rate-limits.ts';
import { type ApiServer, createServer } from './server.ts';
import { startTestApi, type TestApi } from './testing/test-api.ts';

const rateLimits = rateLimitSetting.parse(
  'signIn.address=6/60,signIn.name=4/60,sign.session=3/60,defend.session=3/60,money.person=3/60,read.person=40/60,refresh.device=2/60,publish.address=5/60',
) as RateLimits;

let api: TestApi;
let second: ApiServer;
let secondUrl: string;
beforeAll(async () => {
  api = await startTestApi({ rateLimits, proxyHops: 1 });
  second = createServer({
    core: api.core,
    settings: {
      host: '127.0.0.1',
      port: 0,
      opsPort: 0,
      origins: [],
      isClockVirtual: true,
      proxyHops: 1,
      rateLimits,
    },
    log: () => undefined,
  });
  secondUrl = (await second.listen()).url;
});
afterAll(async () => {
  await second.close();
  await api.close();
});
afterEach(() => {
  vi.restoreAllMocks();
});

interface Refusal {
  code: string;
  details: { retryAfterSeconds?: number };
}

interface Asked {
  url?: string;
  from?: string;
  accessToken?: string;
}

/** One call, as from an address behind our proxy. */
async function call(path: string, input: unknown, { url = api.url, from, accessToken }: Asked = {}) {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(from === undefined ? {} : { 'x-forwarded-for': from }),
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ json: input }),
  });
  const body = (await response.json()) as { error?: { json: { data: { refusal: Refusal } } } };
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    refusal: body.error?.json.data.refusal ?? null,
  };
}

const beginSignIn = (handle: string, asked: Asked) => call('auth.beginSignIn', { handle }, asked);

/** A token of another session of a person's, which may be over. */
async function tokenOf(userId: string): Promise<string> {
  const [sessionId, tokenId] = [crypto.randomUUID(), crypto.randomUUID()];
  const claims = { userId, sessionId, tokenId, now: new Date(), lifetimeSeconds: 600 };
  return (await signAccessToken(api.core.auth, claims)).accessToken;
}

async function statuses(times: number, once: () => Promise<{ status: number }>): Promise<number[]> {
  const seen = [];
  for (let time = 0; time < times; time += 1) seen.push((await once()).status);
  return seen;
}

describe('what is public beside the procedures', () => {
  const paths = [
    '/ledger/heads',
    '/ledger/heads/latest',
    '/ledger/heads/7',
    '/.well-known/jwks.json',
    '/.well-known/ledger-jwks.json',
  ];
  const get = (url: string, from: string) => fetch(url, { headers: { 'x-forwarded-for': from } });

  test('is counted as one, by network and over all processes', async () => {
    const from = '203.0.113.90';
    for (const path of paths) expect((await get(`${api.url}${path}`, from)).status).not.toBe(429);
    for (const path of paths) {
      const refused = await get(`${secondUrl}${path}`, from);
      expect(refused.status, path).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
      if (path.includes('ledger')) expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    }
    expect((await get(`${api.url}/ledger/heads`, '203.0.113.91')).status).toBe(200);
  });

  test('is not the health of the process, nor what the provider says', async () => {
    const from = '203.0.113.92';
    for (let time = 0; time < 8; time += 1) {
      expect((await get(`${api.url}/health`, from)).status).toBe(200);
      expect((await fetch(`${api.url}/webhooks/paystack`, { method: 'POST' })).status).toBe(401);
    }
  });
});

describe('a bound', () => {
  test('is shared by all processes, and says when to come again, in the error and in the header', async () => {
    const from = '203.0.113.1';
    expect(await statuses(2, () => beginSignIn('ada_obi', { from }))).toEqual([200, 200]);
    expect(await statuses(2, () => beginSignIn('ada_obi', { from, url: secondUrl }))).toEqual([200, 200]);
    for (const url of [api.url, secondUrl]) {
      const refused = await beginSignIn('ada_obi', { from, url });
      expect(refused).toMatchObject({ status: 429, refusal: { code: 'RATE_LIMITED' } });
      const seconds = refused.refusal?.details.retryAfterSeconds;
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(refused.retryAfter).toBe(String(seconds));
    }
  });

  test('of a network holds whatever names are tried', async () => {
    const from = '203.0.113.2';
    const seen: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      seen.push((await beginSignIn(`name_${time}`, { from })).status);
    }
    expect(seen).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  });

  test('of a name holds for all that guesses at it from one network, by handle or by name', async () => {
    const from = '203.0.113.7';
    const password = { password: 'a demo pass phrase', deviceId: 'demo-device-0123456789' };
    expect(await statuses(2, () => beginSignIn('tolu_bello', { from }))).toEqual([200, 200]);
    await statuses(2, () => call('auth.signInWithPassword', { name: 'Tolu_Bello', ...password }, { from }));
    expect((await call('recovery.begin', { handle: 'tolu_bello' }, { from })).status).toBe(429);
    expect((await call('recovery.begin', { handle: 'tolu_ade' }, { from })).status).toBe(200);
  });

  test('of a name does not concern what names nobody: the bound of the network is its only one', async () => {
    const from = '203.0.113.9';
    const finish = () => call('auth.finishSignIn', { junk: true }, { from });
    expect(await statuses(7, finish)).toEqual([400, 400, 400, 400, 400, 400, 429]);
  });

  test('of a network holds for all addresses of a /64, and for no other', async () => {
    const seen: number[] = [];
    for (let host = 1; host <= 7; host += 1) {
      seen.push(
        (await call('auth.beginSignIn', { handle: `six_${host}` }, { from: `2001:db8:1:2::${host}` })).status,
      );
    }
    expect(seen).toEqual([200, 200, 200, 200, 200, 200, 429]);
    expect((await beginSignIn('six_1', { from: '2001:db8:1:3::1' })).status).toBe(200);
  });

  test('belongs to one procedure', async () => {
    const from = '203.0.113.3';
    await statuses(5, () => beginSignIn('bola_ade', { from }));
    expect((await beginSignIn('bola_ade', { from })).status).toBe(429);
    expect(
      (await call('auth.refresh', { refreshToken: 'none', deviceId: 'demo-device-0123456789' }, { from }))
        .status,
    ).not.toBe(429);
  });

  test('of a device is met by that device alone', async () => {
    const from = '203.0.113.4';
    const refresh = (deviceId: string) => call('auth.refresh', { refreshToken: 'none', deviceId }, { from });
    expect(await statuses(3, () => refresh('first-device-0123456789'))).toEqual([400, 400, 429]);
    expect((await refresh('other-device-0123456789')).status).toBe(400);
  });

  test('of a person follows him to any address, and concerns nobody else there', async () => {
    const ada = await api.makeUser('ada_obi');
    const bola = await api.makeUser('bola_ade');
    const topUp = ({ accessToken }: { accessToken: string }, from: string) =>
      call('wallet.startTopUp', { amountMinor: -1 }, { from, accessToken });
    expect(await statuses(3, () => topUp(ada, '203.0.113.5'))).toEqual([400, 400, 400]);
    expect((await topUp(ada, '203.0.113.6')).status).toBe(429);
    expect((await topUp(bola, '203.0.113.5')).status).toBe(400);
  });

  test('counts every call of a batch by itself, before anything of it is done', async () => {
    const { accessToken } = await api.makeUser('chidi_eze');
    const path = Array(10).fill('users.me').join(',');
    const batch = async () => {
      const response = await fetch(`${api.url}/trpc/${path}?batch=1`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': '203.0.113.8',
          authorization: `Bearer ${accessToken}`,
        },
        body: '{}',
      });
      const answers = (await response.json()) as { error?: unknown }[];
      return { passed: answers.filter(({ error }) => error === undefined).length, response };
    };
    const passed = [];
    for (let time = 0; time < 4; time += 1) passed.push((await batch()).passed);
    expect(passed).toEqual([10, 10, 10, 10]);
    const { passed: none, response } = await batch();
    expect(none).toBe(0);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

describe('nobody locks another out', () => {
  test('of what defends the account: another session of the person has bounds of its own', async () => {
    const { userId, accessToken } = await api.makeUser('folu_ade');
    const thief = { accessToken: await tokenOf(userId), from: '203.0.113.22' };
    const owner = { accessToken, from: '203.0.113.23' };
    for (const path of ['approvals.begin', 'recovery.undo', 'auth.endAllSessions']) {
      const junk = () => call(path, { junk: true }, thief);
      expect(await statuses(4, junk), path).toEqual([400, 400, 400, 429]);
      expect((await call(path, { junk: true }, owner)).status, path).toBe(400);
    }
  });

  test('of money: all sessions of a person together have one bound', async () => {
    const { userId, accessToken } = await api.makeUser('gbenga_ojo');
    const other = await tokenOf(userId);
    const topUp = (token: string) =>
      call('wallet.startTopUp', { amountMinor: -1 }, { from: '203.0.113.24', accessToken: token });
    expect(await statuses(3, () => topUp(other))).toEqual([400, 400, 400]);
    expect((await topUp(accessToken)).status).toBe(429);
  });

  test('of signing in: who tries a name from one network bars nobody who has it elsewhere', async () => {
    await statuses(8, () => beginSignIn('dayo_bello', { from: '203.0.113.20' }));
    expect((await beginSignIn('dayo_bello', { from: '203.0.113.20' })).status).toBe(429);
    expect((await beginSignIn('dayo_bello', { from: '203.0.113.21' })).status).toBe(200);
  });

  test('by saying that he calls from there: only what our own proxy says counts', async () => {
    const spoofed = (last: number) => beginSignIn('emeka_obi', { from: `203.0.113.30, 203.0.113.${last}` });
    await statuses(8, () => spoofed(31));
    expect((await spoofed(31)).status).toBe(429);
    expect((await beginSignIn('emeka_obi', { from: '203.0.113.30' })).status).toBe(200);
  });
});

const noLog: Log = () => undefined;

const asked = (procedure: string, networkAddress: string): CallToLimit => ({
  procedure,
  networkAddress,
  call: { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'demo-request' },
  readInput: async () => ({ handle: 'ada_obi' }),
});

/** A process of its own, with nothing in its memory yet. */
const freshProcess = (log: Log = noLog) => {
  const core = { ...api.core, log };
  return createRateLimiter(core, createDatabaseClock(core, { isVirtual: true }), rateLimits);
};

describe('a window', () => {
  test('ends by the time of the database', async () => {
    const call = asked('auth.beginSignIn', '203.0.113.40');
    const before = freshProcess();
    for (let time = 0; time < 4; time += 1) expect(await before(call)).toBeNull();
    expect(await before(call)).toBeGreaterThan(0);
    await moveClock(api.database.owner, 59);
    expect(await freshProcess()(call)).toBe(1);
    await moveClock(api.database.owner, 1);
    expect(await freshProcess()(call)).toBeNull();
  });

  test('is the same for a process whose clock is an hour ahead or behind', async () => {
    const call = asked('auth.beginSignIn', '203.0.113.41');
    const usual = freshProcess();
    for (let time = 0; time < 4; time += 1) expect(await usual(call)).toBeNull();
    for (const hours of [1, -1]) {
      vi.spyOn(Date, 'now').mockReturnValue(Date.now() + hours * 3_600_000);
      const wait = await freshProcess()(call);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(60);
      vi.restoreAllMocks();
    }
  });
});

test('a flood of refused calls does not reach the database', async () => {
  const call = asked('auth.beginSignIn', '203.0.113.50');
  const limiter = freshProcess();
  for (let time = 0; time < 7; time += 1) await limiter(call);
  const counted = async () => {
    const { rows } = await sql<{
      calls: number;
    }>`select sum(calls)::integer as calls from rate_limits`.execute(api.database.db);
    return rows[0]?.calls;
  };
  // The network's count goes on to its own bound.
  for (let time = 0; time < 7; time += 1) await limiter(call);
  const before = await counted();
  for (let time = 0; time < 100; time += 1) expect(await limiter(call)).toBeGreaterThan(0);
  expect(await counted()).toBe(before);
});

describe('while nothing can be counted', () => {
  test('what moves money or guesses is refused and what reads passes', async () => {
    await sql`revoke insert on rate_limits from errand_dash_application`.execute(api.database.owner);
    const lines: unknown[][] = [];
    const limiter = freshProcess((...line) => void lines.push(line));
    try {
      await expect(limiter(asked('wallet.withdraw', '203.0.113.60'))).rejects.toMatchObject({
        code: '42501',
      });
      await expect(limiter(asked('auth.finishSignIn', '203.0.113.60'))).rejects.toMatchObject({
        code: '42501',
      });
      expect(await limiter(asked('system.ping', '203.0.113.60'))).toBeNull();
    } finally {
      await sql`grant insert on rate_limits to errand_dash_application`.execute(api.database.owner);
    }
    expect(lines[0]).toEqual([
      'warn',
      'a call was not counted',
      expect.objectContaining({ procedure: 'system.ping' }),
    ]);
  });
});

test('no address, name or device can be read from the counts', async () => {
  await beginSignIn('canary_name', { from: '203.0.113.70' });
  const { rows } = await sql<{ key: string }>`select key from rate_limits`.execute(api.database.db);
  const keys = rows.map(({ key }) => key).join('\n');
  expect(keys).toContain('signIn.name any ');
  for (const telling of ['203.0.113', 'canary', 'first-device', '2001:db8'])
    expect(keys).not.toContain(telling);
});

test('nothing is counted where calls are not limited', async () => {
  const free = await startTestApi();
  try {
    const asked = { url: free.url, from: '203.0.113.80' };
    const calls = defaultRateLimits.signIn.bounds.address.callsMax + 5;
    expect(new Set(await statuses(calls, () => beginSignIn('ada_obi', asked)))).toEqual(new Set([200]));
  } finally {
    await free.close();
  }
});
