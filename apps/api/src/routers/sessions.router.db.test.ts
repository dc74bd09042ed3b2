import { formatId, parseId } from '@errand-dash/contract';
import { defaultPolicy, deliverNotices, takeTokenKeyStep } from '@errand-dash/core';
import { testTokenKey } from '@errand-dash/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, createServer } from '../server.ts';
import { type HttpDevice, httpDevice, wireRefusalOf } from '../testing/http-device.ts';
import { allowedOrigin, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  const live = { pollMilliseconds: 50, streamsPerUserMax: 4, streamsMax: 50 };
  api = await startTestApi({ core: { policy: { ...defaultPolicy, live } } });
});
afterAll(() => api.close());

let people = 0;

/** A person with so many devices that are signed in. */
async function makePerson(deviceCount = 1) {
  people += 1;
  const first = httpDevice(api.url, { authenticator: { hasCounter: false } });
  const { user } = await first.signUp(`demo_${people}`);
  const devices = [first];
  while (devices.length < deviceCount) {
    const device = httpDevice(api.url, { shares: first });
    await device.signIn();
    devices.push(device);
  }
  return { userId: parseId('user', user.userId) ?? '', devices: devices as [HttpDevice, ...HttpDevice[]] };
}

const suspend = (userId: string, at: Date | null) =>
  api.core.db.updateTable('users').set({ suspended_at: at }).where('id', '=', userId).execute();

const topUp = { amountMinor: 100_000, currency: 'NGN', email: 'demo@example.com' } as const;
const errand = () => ({
  kind: 'buy_and_deliver' as const,
  title: 'Demo',
  items: [{ name: 'tomatoes', quantity: 1 }],
  deliverTo: { latitude: 6.4281, longitude: 3.4219, address: '1 Demo Street' },
  currency: 'NGN' as const,
  rewardMinor: 450_000,
  goodsBudgetMinor: 0,
  dueAt: new Date(Date.now() + 6 * 3_600_000),
});

/** What each way to money and to the account says to this device now. */
async function refusalsOf(device: HttpDevice): Promise<Set<string>> {
  const calls = [
    () => device.call('wallet', 'startTopUp', topUp),
    () => device.call('wallet', 'balances', {}),
    () => device.call('errands', 'post', errand()),
    () => device.call('auth', 'beginAddPasskey', {}),
    () => device.call('auth', 'endAllSessions', { which: 'all' }),
    () => device.call('users', 'me', {}),
  ];
  const codes = new Set<string>();
  for (const call of calls) codes.add((await wireRefusalOf(call())).code);
  return codes;
}

describe('a session that its person ends on another device', () => {
  test('is refused by the very next call and by refresh, and its stream closes', async () => {
    const { devices } = await makePerson(2);
    const [own, other] = devices;
    if (other === undefined) throw new Error('there is one device only');
    const { sessions } = await own.call('auth', 'listSessions', {});
    expect(sessions.map(({ isCurrent }) => isCurrent)).toEqual([false, true]);
    expect(sessions[0]).toMatchObject({ userAgent: 'Demo browser 1.0', networkAddress: '127.0.0.1' });
    const watched = other.watch();
    const sessionId = other.tokens?.sessionId ?? '';
    expect(await own.call('auth', 'endSession', { sessionId })).toEqual({
      sessionId,
      endedAt: expect.any(Date),
    });
    expect(await refusalsOf(other)).toEqual(new Set(['SESSION_ENDED']));
    expect(await watched).toBe('SESSION_ENDED');
    expect((await wireRefusalOf(other.refresh())).code).toBe('REFRESH_TOKEN_INVALID');
    expect((await own.call('auth', 'listSessions', {})).sessions).toHaveLength(1);
  });

  test('ends with all others, or with all', async () => {
    const { devices } = await makePerson(3);
    const [own, second, third] = devices;
    expect(await own.call('auth', 'endAllSessions', { which: 'others' })).toEqual({ endedCount: 2 });
    for (const device of [second, third]) {
      expect(await refusalsOf(device ?? own)).toEqual(new Set(['SESSION_ENDED']));
    }
    await own.refresh();
    expect(await own.call('auth', 'endAllSessions', { which: 'all' })).toEqual({ endedCount: 1 });
    expect(await refusalsOf(own)).toEqual(new Set(['SESSION_ENDED']));
  });

  test("is answered, when it is a stranger's, with the bytes that a random id gets", async () => {
    const [person, stranger] = [await makePerson(), await makePerson()];
    const [own] = person.devices;
    const theirs = stranger.devices[0].tokens?.sessionId ?? '';
    const random = formatId('session', crypto.randomUUID());
    const [one, other] = [theirs, random].map((sessionId) =>
      wireRefusalOf(own.call('auth', 'endSession', { sessionId })),
    );
    expect([(await one)?.status, (await one)?.body]).toEqual([(await other)?.status, (await other)?.body]);
    expect((await one)?.code).toBe('OBJECT_NOT_FOUND');
    await stranger.devices[0].call('users', 'me', {});
  });
});

describe('what is taken from a person acts at once', () => {
  test('who is suspended is refused by the very next call and by refresh, and the stream closes', async () => {
    const { userId, devices } = await makePerson();
    const [device] = devices;
    const watched = device.watch();
    await device.call('users', 'me', {});
    await suspend(userId, new Date());
    expect(await refusalsOf(device)).toEqual(new Set(['USER_SUSPENDED']));
    expect(await watched).toBe('USER_SUSPENDED');
    const { tokens } = device;
    expect((await wireRefusalOf(device.refresh())).code).toBe('USER_SUSPENDED');
    expect((await wireRefusalOf(device.signIn())).code).toBe('SIGN_IN_REFUSED');
    await suspend(userId, null);
    device.tokens = tokens;
    await device.refresh();
    await device.call('users', 'me', {});
  });

  test('a role that is given or taken away counts for the very next call, with the same token', async () => {
    const { userId, devices } = await makePerson();
    const [device] = devices;
    const post = async () => (await wireRefusalOf(device.call('errands', 'post', errand()))).code;
    expect(await post()).toBe('ROLE_MISSING');
    const role = { user_id: userId, role: 'sender', granted_at: new Date() };
    await api.core.db.insertInto('user_roles').values(role).execute();
    expect(await post()).toBe('FUNDS_INSUFFICIENT');
    await api.core.db.deleteFrom('user_roles').where('user_id', '=', userId).execute();
    expect(await post()).toBe('ROLE_MISSING');
  });

  test('what a removed passkey had signed in is out', async () => {
    const { devices } = await makePerson();
    const [first] = devices;
    const second = httpDevice(api.url);
    const begun = await first.call('auth', 'beginAddPasskey', {});
    const response = await second.authenticator.create(begun.options);
    const added = await signed(first, 'auth.addPasskey', {
      ceremony: begun.ceremony,
      response,
      name: 'Demo phone',
    });
    expect(added).toMatchObject({ name: 'Demo phone', isCurrent: false });
    await second.signIn();
    const { passkeys } = await second.call('auth', 'listPasskeys', {});
    const { passkeyId = '' } = passkeys[1] ?? {};
    expect(passkeys.map(({ name, isCurrent }) => [name, isCurrent])).toEqual([
      ['Passkey', false],
      ['Demo phone', true],
    ]);
    const named = await second.call('auth', 'renamePasskey', { passkeyId, name: 'Old phone' });
    expect(named).toMatchObject({ passkeyId, name: 'Old phone', isCurrent: true });
    expect(await signed(first, 'auth.removePasskey', { passkeyId })).toMatchObject({ sessionsEnded: 1 });
    expect(await refusalsOf(second)).toEqual(new Set(['SESSION_ENDED']));
    expect((await wireRefusalOf(second.signIn())).code).toBe('SIGN_IN_REFUSED');
    for (let count = 1; count > 0; ) count = await deliverNotices(api.core, 100);
    const { notices } = await first.call('notices', 'list', {});
    expect(notices.map(({ event, subjectId }) => [event, subjectId])).toEqual(
      expect.arrayContaining([
        ['passkey.added', passkeyId],
        ['passkey.removed', passkeyId],
      ]),
    );
  });
});

type SignedCall = 'auth.addPasskey' | 'auth.removePasskey';

/** Has the device sign for a call, and calls. */
async function signed(device: HttpDevice, action: SignedCall, input: object): Promise<unknown> {
  const idempotencyKey = `signed-key-${crypto.randomUUID()}`;
  const asked = { action, idempotencyKey, ...input } as Parameters<
    typeof device.call<'approvals', 'begin'>
  >[2];
  const { approvalId, options } = await device.call('approvals', 'begin', asked);
  const approval = { approvalId, response: await device.authenticator.get(options) };
  const procedure = action === 'auth.addPasskey' ? 'addPasskey' : 'removePasskey';
  const keyed: HttpDevice['headers'] = { ...device.headers, 'idempotency-key': idempotencyKey };
  const before = device.headers;
  device.headers = keyed;
  try {
    return await device.call('auth', procedure, { ...input, approval } as never);
  } finally {
    device.headers = before;
  }
}

describe('the network address of a session', () => {
  const behind = async (proxyHops: number, forwarded: string) => {
    const settings = {
      host: '127.0.0.1',
      port: 0,
      opsPort: 0,
      origins: [allowedOrigin],
      isClockVirtual: false,
      proxyHops,
      rateLimits: null,
    };
    const server = createServer({ core: api.core, settings, log: () => undefined });
    const { url } = await server.listen();
    const { devices } = await makePerson();
    const device = httpDevice(url, { shares: devices[0] });
    device.headers = { ...device.headers, 'x-forwarded-for': forwarded };
    await device.signIn();
    const { sessions } = await device.call('auth', 'listSessions', {});
    await server.close();
    return sessions.find(({ isCurrent }) => isCurrent)?.networkAddress;
  };

  test.each([
    ['is not what anybody claims where no proxy is ours', 0, '198.51.100.9', '127.0.0.1'],
    ['is what the one proxy of ours saw', 1, '198.51.100.9', '198.51.100.9'],
    ['is not what a client told that proxy', 1, '192.0.2.1, 198.51.100.9', '198.51.100.9'],
    ['is as IPv6 has it', 1, '2001:db8::7', '2001:db8::7'],
    ['is IPv4 where a socket maps it', 1, '::ffff:198.51.100.9', '198.51.100.9'],
    ['is not known where a proxy hands on no address', 1, 'unknown', null],
  ])('%s', async (_, proxyHops, forwarded, expected) => {
    expect(await behind(proxyHops, forwarded)).toBe(expected);
  });
});

describe('the keys of access tokens', () => {
  const old = testTokenKey('old');
  const next = testTokenKey('next');
  type Keys = TestApi['core']['auth']['accessTokenKeys'];

  /** A process of the API with these keys, on the one database. */
  async function startWith(accessTokenKeys: Keys): Promise<{ url: string; server: ApiServer }> {
    const settings = {
      host: '127.0.0.1',
      port: 0,
      opsPort: 0,
      origins: [allowedOrigin],
      isClockVirtual: false,
      proxyHops: 0,
      rateLimits: null,
    };
    const core = { ...api.core, auth: { ...api.core.auth, accessTokenKeys } };
    const server = createServer({ core, settings, log: () => undefined });
    return { url: (await server.listen()).url, server };
  }

  const step = (name: 'add' | 'promote' | 'drop', keys: Keys): Keys => {
    const taken = takeTokenKeyStep(name, keys, next);
    if ('problem' in taken) throw new Error(taken.problem);
    return taken.keys;
  };

  const kidsAt = async (url: string): Promise<string[]> => {
    const answer = await fetch(`${url}/.well-known/jwks.json`);
    const { keys } = (await answer.json()) as { keys: { kid: string; d?: string }[] };
    expect(keys.every(({ d }) => d === undefined)).toBe(true);
    return keys.map(({ kid }) => kid);
  };

  test('are changed step by step under two processes, and no token in between is refused', async () => {
    const { devices } = await makePerson();
    let keys: Keys = [old];
    const held: HttpDevice[] = [];
    for (const name of ['add', 'promote', 'drop'] as const) {
      const after = step(name, keys);
      // One process has been started anew, the other not yet.
      const [ahead, behind] = [await startWith(after), await startWith(keys)];
      for (const { url } of [ahead, behind]) {
        const device = httpDevice(url, { shares: devices[0] });
        await device.signIn();
        for (const process of [ahead, behind]) await device.call('users', 'me', {}, process.url);
        held.push(device);
      }
      expect(await kidsAt(ahead.url)).toEqual(after.map(({ id }) => id));
      await Promise.all([ahead.server.close(), behind.server.close()]);
      keys = after;
    }
    const last = await startWith(keys);
    expect(await kidsAt(last.url)).toEqual(['next']);
    const codes = await Promise.all(
      held.map(async (device) =>
        device.call('users', 'me', {}, last.url).then(
          () => null,
          (error) => error.code,
        ),
      ),
    );
    // Signed in at: both with the old key, one each, both with the new one.
    const refused = 'ACCESS_TOKEN_INVALID';
    expect(codes).toEqual([refused, refused, null, refused, null, null]);
    for (const device of held) {
      await device.refresh(last.url);
      await device.call('users', 'me', {}, last.url);
    }
    await last.server.close();
  });

  test('in the wrong order leave a time in which the processes do not know each other’s tokens', async () => {
    const { devices } = await makePerson();
    const [ahead, behind] = [await startWith([next, old]), await startWith([old])];
    const device = httpDevice(ahead.url, { shares: devices[0] });
    await device.signIn();
    const attempt = device.call('users', 'me', {}, behind.url);
    expect((await wireRefusalOf(attempt)).code).toBe('ACCESS_TOKEN_INVALID');
    await Promise.all([ahead.server.close(), behind.server.close()]);
  });
});
