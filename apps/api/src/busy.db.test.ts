import { createDb, createPool } from '@errand-dash/db';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from './testing/test-api.ts';

const CONNECTIONS_MAX = 2;
let api: TestApi;
let pool: pg.Pool;
let accessToken: string;

beforeAll(async () => {
  api = await startTestApi();
  ({ accessToken } = await api.makeUser('ada'));
  pool = createPool({
    url: api.database.applicationUrl,
    connectionsMax: CONNECTIONS_MAX,
    applicationName: 'busy-test',
    statementTimeoutSeconds: 1,
    waitSecondsMax: 1,
  });
  api.core.db = createDb(pool);
});
afterAll(async () => {
  await api.close();
  await api.core.db.destroy();
});

const me = () =>
  fetch(`${api.url}/trpc/users.me`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
  });

async function takeAllConnections(): Promise<() => void> {
  const taken = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, () => pool.connect()));
  return () => {
    for (const client of taken) client.release();
  };
}

test('while no connection is free a call is told when to come again, and the process counts as alive', async () => {
  const release = await takeAllConnections();
  const [busy, health, detailed] = await Promise.all([
    me(),
    fetch(`${api.url}/health`),
    fetch(`${api.opsUrl}/health/detailed`),
  ]);
  release();
  const { error } = (await busy.json()) as { error: { json: { data: { refusal: unknown } } } };
  expect(busy.status).toBe(503);
  expect(busy.headers.get('retry-after')).toBe('1');
  expect(error.json.data.refusal).toEqual({ code: 'SERVICE_BUSY', details: { retryAfterSeconds: 1 } });
  expect(health.status).toBe(200);
  expect(detailed.status).toBe(503);
  expect(await detailed.json()).toMatchObject({ database: { isReachable: false, problem: 'PoolExhausted' } });
  expect((await me()).status).toBe(200);
});

test('a stop lets the call that runs finish, takes no other, and does not wait for the connection it came by', async () => {
  const release = await takeAllConnections();
  const running = me();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closing = api.server.close();
  await expect(fetch(`${api.url}/health`)).rejects.toThrow();
  release();
  const answer = await running;
  expect(answer.status).toBe(200);
  await answer.text();
  const answeredAt = performance.now();
  await closing;
  expect(performance.now() - answeredAt).toBeLessThan(1000);
});
