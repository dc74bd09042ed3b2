import { command, defaultPolicy, deliverNotices } from '@errand-dash/core';
import { clockCall } from '@errand-dash/core/testing';
import { EventSource } from 'eventsource';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, createServer } from '../server.ts';
import { allowedOrigin, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  const live = { pollMilliseconds: 50, streamsPerUserMax: 2, streamsMax: 50 };
  api = await startTestApi({ core: { policy: { ...defaultPolicy, live } } });
});
afterAll(() => api.close());

const tellAll = command('test.tell', async (_tx, { userId }: { userId: string }) => ({
  result: null,
  events: [
    { name: 'user.phone_verified' as const, subject: { type: 'user', id: userId }, audience: [userId] },
  ],
}));

async function tellTimes(userId: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await tellAll(api.core, clockCall('test.tell'), { userId });
    await deliverNotices(api.core, 25);
  }
}

/** Another process of the API on the same database. */
async function startAnother(port = 0): Promise<{ url: string; server: ApiServer }> {
  const settings = {
    host: '127.0.0.1',
    port,
    opsPort: 0,
    origins: [allowedOrigin],
    isClockVirtual: false,
    proxyHops: 0,
    rateLimits: null,
  };
  const server = createServer({ core: api.core, settings, log: () => undefined });
  const { url } = await server.listen();
  return { url, server };
}

interface Watched {
  numbers: number[];
  ids: string[];
  /** The code of what the server ended the stream with. */
  refusals: string[];
  has: (count: number) => Promise<void>;
  close: () => void;
}

const watchPath = (input: object = {}) =>
  `/trpc/events.watch?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;

/** Watches as a browser does: it comes back by itself, with the id of the last event. */
function watch(accessToken: string, input: object = {}, urlNow = () => api.url): Watched {
  const numbers: number[] = [];
  const ids: string[] = [];
  const refusals: string[] = [];
  const source = new EventSource(`http://api.example${watchPath(input)}`, {
    fetch: (address, init) => {
      const { pathname, search } = new URL(address);
      const headers = { ...init.headers, authorization: `Bearer ${accessToken}` };
      return fetch(`${urlNow()}${pathname}${search}`, { ...init, headers });
    },
  });
  source.addEventListener('message', ({ data, lastEventId }) => {
    numbers.push(JSON.parse(data).json.number);
    ids.push(lastEventId);
  });
  source.addEventListener('serialized-error', ({ data }) => {
    refusals.push(JSON.parse(data).json.data.refusal.code);
    source.close();
  });
  return {
    numbers,
    ids,
    refusals,
    has: (count) => expect.poll(() => numbers.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(count),
    close: () => source.close(),
  };
}

const refusalOf = async (watched: Watched) => {
  await expect.poll(() => watched.refusals.length, { timeout: 5000 }).toBe(1);
  return watched.refusals[0];
};

const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

let people = 0;
const makePerson = () => {
  people += 1;
  return api.makeUser(`demo_watcher_${people}`);
};

describe('a stream', () => {
  test('carries each notice under its number, is not kept on the way, and its token is in no URL', async () => {
    const { userId, accessToken } = await makePerson();
    await tellTimes(userId, 1);
    const headers = { authorization: `Bearer ${accessToken}`, accept: 'text/event-stream' };
    const controller = new AbortController();
    const response = await fetch(`${api.url}${watchPath()}`, { headers, signal: controller.signal });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    controller.abort();
    const watched = watch(accessToken);
    await watched.has(1);
    expect(watched.ids).toEqual(['1']);
    watched.close();
  });

  test('goes on over a restart of the server, with nothing left out and nothing twice', async () => {
    const { userId, accessToken } = await makePerson();
    const first = await startAnother();
    const watched = watch(accessToken, {}, () => first.url);
    await tellTimes(userId, 3);
    await watched.has(3);
    const stoppedAt = Date.now();
    await first.server.close();
    // Far below the time that a stop waits for what runs.
    expect(Date.now() - stoppedAt).toBeLessThan(3000);
    await tellTimes(userId, 2);
    const second = await startAnother(Number(new URL(first.url).port));
    await tellTimes(userId, 2);
    await watched.has(7);
    watched.close();
    await second.server.close();
    expect(watched.numbers).toEqual(numbersTo(7));
    expect(watched.ids).toEqual(numbersTo(7).map(String));
  });

  test('that is cut before its first event loses nothing of what happens meanwhile', async () => {
    const { userId, accessToken } = await makePerson();
    const first = await startAnother();
    let opened = 0;
    const watched = watch(accessToken, {}, () => {
      opened += 1;
      return opened === 1 ? first.url : api.url;
    });
    await expect.poll(() => opened).toBe(1);
    await first.server.close();
    await tellTimes(userId, 2);
    await watched.has(2);
    watched.close();
    expect(watched.numbers).toEqual([1, 2]);
  });

  test('moves between two processes at once while things happen, with nothing left out and nothing twice', async () => {
    const { userId, accessToken } = await makePerson();
    const servers = [await startAnother(), await startAnother(), await startAnother()];
    let current = 0;
    const watched = watch(accessToken, {}, () => servers[current]?.url ?? api.url);
    const other = watch(accessToken);
    const telling = (async () => {
      for (let round = 0; round < 40; round += 1) {
        await tellTimes(userId, 1);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    })();
    for (const [index, { server }] of servers.entries()) {
      await watched.has(5 * (index + 1));
      current = index + 1;
      await server.close();
    }
    await telling;
    await Promise.all([watched.has(40), other.has(40)]);
    watched.close();
    other.close();
    expect(watched.numbers).toEqual(numbersTo(40));
    expect(other.numbers).toEqual(numbersTo(40));
  });
});

describe('a stream ends with a typed refusal', () => {
  test('when the session ends', async () => {
    const { userId, sessionId, accessToken } = await makePerson();
    await tellTimes(userId, 1);
    const watched = watch(accessToken);
    await watched.has(1);
    await sql`update sessions set ended_at = created_at, ended_reason = 'test' where id = ${sessionId}`.execute(
      api.database.owner,
    );
    expect(await refusalOf(watched)).toBe('SESSION_ENDED');
  });

  test('when the person is suspended', async () => {
    const { userId, accessToken } = await makePerson();
    await tellTimes(userId, 1);
    const watched = watch(accessToken);
    await watched.has(1);
    await sql`update users set suspended_at = created_at where id = ${userId}`.execute(api.database.owner);
    expect(await refusalOf(watched)).toBe('USER_SUSPENDED');
  });

  test('when there are too many of one person, and room is made by one that leaves', async () => {
    const { userId, accessToken } = await makePerson();
    await tellTimes(userId, 1);
    const open = [watch(accessToken), watch(accessToken)];
    for (const watched of open) await watched.has(1);
    expect(await refusalOf(watch(accessToken))).toBe('STREAM_LIMIT_REACHED');
    open[0]?.close();
    await expect
      .poll(
        async () => {
          const again = watch(accessToken);
          await expect.poll(() => again.numbers.length + again.refusals.length).toBe(1);
          again.close();
          return again.numbers.length;
        },
        { timeout: 5000 },
      )
      .toBe(1);
    open[1]?.close();
  });

  test('without a session, and at a place that the person has not come to', async () => {
    const { accessToken } = await makePerson();
    expect(await refusalOf(watch(accessToken, { lastEventId: '1' }))).toBe('INPUT_INVALID');
    expect(await refusalOf(watch(accessToken, { lastEventId: 'x' }))).toBe('INPUT_INVALID');
    const response = await fetch(`${api.url}${watchPath()}`);
    expect(await response.text()).toContain('SESSION_MISSING');
  });

  test('with a token that is not valid', async () => {
    expect(await refusalOf(watch('a.b.c'))).toBe('ACCESS_TOKEN_INVALID');
  });
});

test('a client that goes away frees its place', async () => {
  const { userId, accessToken } = await makePerson();
  await tellTimes(userId, 1);
  for (let round = 0; round < 6; round += 1) {
    const watched = watch(accessToken, { streamId: `demo-stream-000000${round % 2}` });
    await watched.has(1);
    watched.close();
  }
});
