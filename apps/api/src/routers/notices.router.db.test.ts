import { command, deliverNotices } from '@errand-dash/core';
import { clockCall } from '@errand-dash/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const tellRoleTaken = command('test.tell', async (_tx, { userId }: { userId: string }) => ({
  result: null,
  events: [
    {
      name: 'user.role_taken' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { role: 'sender' },
    },
  ],
}));

async function tellTimes(userId: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await tellRoleTaken(api.core, clockCall('test.tell'), { userId });
  }
  await deliverNotices(api.core, 100);
}

let calls = 0;
async function ask(procedure: string, accessToken: string, input: object) {
  calls += 1;
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${accessToken}`,
    'idempotency-key': `demo-key-${calls}`,
  };
  const body = JSON.stringify({ json: input });
  const response = await fetch(`${api.url}/trpc/${procedure}`, { method: 'POST', headers, body });
  const answer = JSON.parse(await response.text());
  return answer.result?.data.json ?? answer.error.json.data.refusal;
}

test('a person lists what he was told, counts what is unread, and marks one or all as read', async () => {
  const { userId, accessToken } = await api.makeUser('demo_ada');
  await tellTimes(userId, 4);
  const { notices, nextCursor } = await ask('notices.list', accessToken, { limit: 2 });
  expect(notices[0]).toEqual({
    number: 4,
    event: 'user.role_taken',
    subjectId: `user_${userId}`,
    text: 'You are now a sender.',
    occurredAt: expect.any(String),
    readAt: null,
  });
  const next = await ask('notices.list', accessToken, { limit: 2, cursor: nextCursor });
  expect(next).toMatchObject({ notices: [{ number: 2 }, { number: 1 }], nextCursor: null });
  expect(await ask('notices.countUnread', accessToken, {})).toEqual({ count: 4 });
  expect(await ask('notices.markRead', accessToken, { number: 3 })).toEqual({ count: 3 });
  expect(await ask('notices.markAllRead', accessToken, { upToNumber: 3 })).toEqual({ count: 1 });
  const unread = await ask('notices.list', accessToken, { unreadOnly: true });
  expect(unread.notices).toMatchObject([{ number: 4 }]);
});

test("a stranger gets nothing of another's, and is told no more than of a number that nobody has", async () => {
  const ada = await api.makeUser('demo_teller');
  const stranger = await api.makeUser('demo_stranger');
  await tellTimes(ada.userId, 2);
  expect(await ask('notices.list', stranger.accessToken, {})).toEqual({ notices: [], nextCursor: null });
  expect(await ask('notices.markRead', stranger.accessToken, { number: 1 })).toEqual({
    code: 'OBJECT_NOT_FOUND',
    details: {},
  });
  expect(await ask('notices.countUnread', ada.accessToken, {})).toEqual({ count: 2 });
});
