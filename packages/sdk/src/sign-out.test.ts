import { expect, test } from 'vitest';
import { createErrandDash } from './create-errand-dash.ts';
import { answers, type Reply, refuses, scriptedNetwork } from './testing/scripted-network.ts';

const deviceId = 'd'.repeat(43);

/** An unsigned token of the right form; who calls only reads whose it is. */
const tokenOf = (sub: string, sid: string, name = 'x') => `${name}.${btoa(JSON.stringify({ sub, sid }))}.s`;
const ofA = tokenOf('user_a', 'session_1');

function dashOver(script: Record<string, Reply[]>) {
  const network = scriptedNetwork(script);
  const storage = new Map<string, string>();
  const store = (tokens: object | null) => storage.set('errand-dash', JSON.stringify({ deviceId, tokens }));
  const keep = (accessToken: string) =>
    store({ accessToken, refreshToken: `refresh-${accessToken}`, renewAtMilliseconds: null });
  const kept = () => JSON.parse(storage.get('errand-dash') ?? '{}');
  const dash = createErrandDash({ url: 'https://api.errand.example', fetch: network.fetch, storage });
  return { ...network, dash, keep, kept, keepNobody: () => store(null) };
}

test('the device keeps its name over sign-out', async () => {
  const { dash, sent, keep, kept } = dashOver({ 'auth.signOut': [() => answers({})] });
  keep(ofA);
  await dash.signOut();
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([`Bearer ${ofA}`]);
  expect(kept()).toEqual({ deviceId, tokens: null });
});

test('where nobody is signed in nothing is asked, and who signs in at the same time stays signed in', async () => {
  const { dash, sent, keep, keepNobody } = dashOver({ 'auth.signOut': [() => answers({})] });
  keepNobody();
  const signingOut = dash.signOut();
  keep(ofA);
  await signingOut;
  expect(await dash.isSignedIn()).toBe(true);
  expect(sent).toEqual([]);
});

const lost = () => {
  throw new TypeError('fetch failed');
};
const runOut = () => refuses('ACCESS_TOKEN_INVALID', 401);

test.each([
  ['lost', 'another person', lost, tokenOf('user_b', 'session_2')],
  ['lost', 'the same person', lost, tokenOf('user_a', 'session_2')],
  ['that its token has run out', 'the same person', runOut, tokenOf('user_a', 'session_2')],
])('a sign-out whose answer was %s ends no session that %s has begun since', async (...given) => {
  const [, , answer, next] = given;
  const { dash, sent, keep, kept } = dashOver({
    'auth.signOut': [
      () => {
        keep(next);
        return answer();
      },
      () => answers({}),
    ],
  });
  keep(ofA);
  await expect(dash.signOut()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([`Bearer ${ofA}`]);
  expect(kept().tokens.accessToken).toBe(next);
});

test('a sign-out whose token has run out is sent again with a new one of its session', async () => {
  const renewed = tokenOf('user_a', 'session_1', 'renewed');
  const { dash, sent, keep, kept } = dashOver({
    'auth.signOut': [() => refuses('ACCESS_TOKEN_INVALID', 401), () => answers({})],
    'auth.refresh': [() => answers({ accessToken: renewed, refreshToken: 'refresh-renewed' })],
  });
  keep(ofA);
  await dash.signOut();
  expect(sent.map(({ path, headers }) => [path, headers.get('authorization')])).toEqual([
    ['auth.signOut', `Bearer ${ofA}`],
    ['auth.refresh', null],
    ['auth.signOut', `Bearer ${renewed}`],
  ]);
  expect(kept().tokens).toBeNull();
});
