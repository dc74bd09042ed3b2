import { expect, test } from 'vitest';
import { createErrandDash } from './create-errand-dash.ts';
import { answers, batched, scriptedNetwork } from './testing/scripted-network.ts';

test('queries of one tick travel apart where they are of different people', async () => {
  const me = { userId: 'user_1' };
  const { fetch, sent } = scriptedNetwork({
    'users.me': [() => batched(me)],
    'users.me,users.me': [() => answers(me, me)],
  });
  const storage = new Map<string, string>();
  const store = (tokens: object | null) =>
    storage.set('errand-dash', JSON.stringify({ deviceId: 'd'.repeat(43), tokens }));
  const dash = createErrandDash({ url: 'https://api.errand.example', fetch, storage });
  store(null);
  const ofNobody = dash.users.me();
  store({ accessToken: 'secret-token', refreshToken: 'refresh', renewAtMilliseconds: null });
  await Promise.all([ofNobody, dash.users.me()]);
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([null, 'Bearer secret-token']);
});
