import { startTestProvider, type TestProvider } from '@errand-dash/core/testing';
import { makeClockVirtual } from '@errand-dash/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let provider: TestProvider;
let virtual: TestApi;
let real: TestApi;
beforeAll(async () => {
  provider = await startTestProvider();
  virtual = await startTestApi({ core: { payments: provider.payments }, isClockVirtual: true });
  await makeClockVirtual(virtual.database.ownerUrl, 0);
  real = await startTestApi();
});
afterAll(async () => {
  await virtual.close();
  await real.close();
  await provider.close();
});

const move = (api: TestApi, body: string) =>
  fetch(`${api.opsUrl}/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

const me = (accessToken: string) =>
  fetch(`${virtual.url}/trpc/users.me`, { headers: { authorization: `Bearer ${accessToken}` } });

test('where the time is real there is no way to move it', async () => {
  expect((await move(real, '{"seconds": 1}')).status).toBe(404);
});

test.each([
  '{"seconds": -1}',
  '{"seconds": "1"}',
  '{"seconds": 1e9}',
  '{}',
  '{"seconds": 1, "more": 1}',
  'no',
])('a move that is none is refused: %s', async (body) => {
  const answer = await move(virtual, body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { code: 'INPUT_INVALID' } });
});

test('the time goes on for tokens too, every sweep is woken, and the sandbox is told', async () => {
  const { accessToken } = await virtual.makeUser('demo_traveller');
  expect((await me(accessToken)).status).toBe(200);
  virtual.core.woken.length = 0;

  const answer = await move(virtual, '{"seconds": 900}');
  expect(await answer.json()).toEqual({ offsetSeconds: 900 });
  expect(virtual.core.woken).toContain('advance-errands');
  expect(virtual.core.woken).toContain('send-withdrawals');

  const refused = await me(accessToken);
  expect(refused.status).toBe(401);
  expect(JSON.stringify(await refused.json())).toContain('ACCESS_TOKEN_INVALID');
});
