import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import { createErrandDash } from './create-errand-dash.ts';
import { type ErrandDashError, isErrandDashError } from './errand-dash-error.ts';
import {
  answers,
  batched,
  type Reply,
  refuses,
  scriptedNetwork,
  silent,
  unreachable,
} from './testing/scripted-network.ts';

const url = 'https://api.errand.example';
const me = {
  userId: 'user_1',
  handle: 'ada',
  displayName: 'Ada',
  phone: null,
  roles: [],
  createdAt: '2026-11-21',
};

/** An unsigned token of the right form; who calls only reads how long it lives. */
function tokens(name: string, lifetimeSeconds = 600) {
  const payload = btoa(JSON.stringify({ iat: 1000, exp: 1000 + lifetimeSeconds })).replace(/=+$/, '');
  return { sessionId: 's', accessToken: `${name}.${payload}.s`, refreshToken: `refresh-${name}` };
}

function dashOver(
  script: Record<string, Reply[]>,
  given: { retriesMax?: number; timeoutSeconds?: number } = {},
) {
  const network = scriptedNetwork(script);
  const storage = new Map<string, string>();
  return { ...network, storage, dash: createErrandDash({ url, fetch: network.fetch, storage, ...given }) };
}

async function failureOf(call: Promise<unknown>): Promise<ErrandDashError> {
  const error = await call.then(
    () => new Error('the call did not fail'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return error;
}

function signedIn(storage: Map<string, string>, accessToken: string, renewAtMilliseconds: number | null) {
  const kept = { accessToken, refreshToken: 'refresh-old', renewAtMilliseconds };
  storage.set('errand-dash', JSON.stringify({ deviceId: 'd'.repeat(43), tokens: kept }));
}

afterEach(() => vi.useRealTimers());

test('every attempt of a mutation has the same key, and another call has another', async () => {
  const { dash, sent } = dashOver({
    'users.takeRole': [unreachable, () => refuses('SERVICE_BUSY', 503), () => answers(me)],
  });
  await dash.users.takeRole({ role: 'runner' });
  await dash.users.takeRole({ role: 'runner' });
  const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
  expect(keys).toHaveLength(4);
  expect(keys[0]).toMatch(/^[A-Za-z0-9_-]{24}$/);
  expect(new Set(keys.slice(0, 3)).size).toBe(1);
  expect(keys[3]).not.toBe(keys[0]);
});

test("the caller's own key is sent as it is", async () => {
  const { dash, sent } = dashOver({ 'users.takeRole': [() => answers(me)] });
  await dash.users.takeRole({ role: 'sender' }, { idempotencyKey: 'order-4711' });
  expect(sent[0]?.headers.get('idempotency-key')).toBe('order-4711');
});

test('queries of one tick travel together, by POST and without a key', async () => {
  const { dash, sent } = dashOver({ 'users.me,system.ping': [() => answers(me, {})] });
  await Promise.all([dash.users.me(), dash.system.ping()]);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.headers.get('idempotency-key')).toBeNull();
});

test('a request carries no annotation but Date, and leaves undefined out', async () => {
  const { dash, sent } = dashOver({ 'auth.beginSignIn': [() => answers({})] });
  await dash.auth.beginSignIn({ handle: undefined });
  expect(sent[0]?.body).toEqual({ json: {} });
});

test('a call in flight elsewhere is asked for again after the time that the server names', async () => {
  const { dash, sent } = dashOver({
    'users.takeRole': [() => refuses('COMMAND_IN_FLIGHT', 409, { retryAfterSeconds: 1 }), () => answers(me)],
  });
  vi.useFakeTimers();
  const taken = dash.users.takeRole({ role: 'runner' });
  await vi.waitFor(() => expect(sent).toHaveLength(1), { interval: 1 });
  await vi.advanceTimersByTimeAsync(990);
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2000);
  await taken;
  expect(sent).toHaveLength(2);
});

test('a call that came too often is made again after a short wait, and not after a long one', async () => {
  const limited = (retryAfterSeconds: number) => () => refuses('RATE_LIMITED', 429, { retryAfterSeconds });
  const short = dashOver({ 'users.takeRole': [limited(1), () => answers(me)] });
  await short.dash.users.takeRole({ role: 'runner' });
  expect(short.sent).toHaveLength(2);
  const long = dashOver({ 'users.takeRole': [limited(6), () => answers(me)] });
  const error = await failureOf(long.dash.users.takeRole({ role: 'runner' }));
  expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 6 } });
  expect(long.sent).toHaveLength(1);
});

test('a refusal is not tried again, and its code narrows its details', async () => {
  const details = { currency: 'NGN', neededMinor: 9, availableMinor: 4, missingMinor: 5 };
  const { dash, sent } = dashOver({ 'users.takeRole': [() => refuses('FUNDS_INSUFFICIENT', 412, details)] });
  const error = await failureOf(dash.users.takeRole({ role: 'runner' }));
  expect(sent).toHaveLength(1);
  expect(error).toMatchObject({
    code: 'FUNDS_INSUFFICIENT',
    status: 412,
    requestId: 'request-1',
    isRetryable: false,
    details,
  });
  switch (error.code) {
    case 'FUNDS_INSUFFICIENT':
      expectTypeOf(error.details.missingMinor).toEqualTypeOf<number>();
      break;
    case 'NETWORK_FAILED':
      expectTypeOf(error.details.reason).toEqualTypeOf<'unreachable' | 'timeout' | 'gateway'>();
      break;
  }
});

test('what never succeeds is given up after so many attempts, as a failure that may be tried later', async () => {
  const { dash, sent } = dashOver({ 'users.takeRole': [unreachable] }, { retriesMax: 2 });
  const error = await failureOf(dash.users.takeRole({ role: 'runner' }));
  expect(error).toMatchObject({ code: 'NETWORK_FAILED', status: null, isRetryable: true });
  expect(sent).toHaveLength(3);
});

test('what became of nobody knows what can be asked for again under the key that its failure names', async () => {
  const { dash, sent } = dashOver({ 'users.takeRole': [unreachable, () => answers(me)] }, { retriesMax: 0 });
  const error = await failureOf(dash.users.takeRole({ role: 'runner' }));
  if (!error.isRetryable || error.idempotencyKey === null) throw error;
  await dash.users.takeRole({ role: 'runner' }, { idempotencyKey: error.idempotencyKey });
  const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
  expect(keys).toEqual([error.idempotencyKey, error.idempotencyKey]);
});

test('a failure names its own key: of the caller, of a call that was aborted, and none for a query', async () => {
  const { dash, sent } = dashOver(
    { 'users.takeRole': [silent], 'users.me': [unreachable] },
    { retriesMax: 0 },
  );
  const controller = new AbortController();
  const { signal } = controller;
  const named = failureOf(dash.users.takeRole({ role: 'sender' }, { idempotencyKey: 'order-4711', signal }));
  const unnamed = failureOf(dash.users.takeRole({ role: 'sender' }, { signal }));
  await expect.poll(() => sent.length).toBe(2);
  controller.abort();
  expect(await named).toMatchObject({ code: 'CALL_ABORTED', idempotencyKey: 'order-4711' });
  expect(await unnamed).toMatchObject({ idempotencyKey: sent[1]?.headers.get('idempotency-key') });
  expect(await failureOf(dash.users.me())).toMatchObject({ code: 'NETWORK_FAILED', idempotencyKey: null });
});

test('calls that fail by one renewal have each their own key', async () => {
  const { dash, storage } = dashOver({ 'auth.refresh': [unreachable] }, { retriesMax: 0 });
  signedIn(storage, 'old.token.s', Date.now() - 1);
  const call = (idempotencyKey: string) =>
    failureOf(dash.users.takeRole({ role: 'runner' }, { idempotencyKey }));
  const failures = await Promise.all([call('one'), call('two'), failureOf(dash.users.me())]);
  expect(failures.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['one', 'two', null]);
});

test('an answer that does not come is given up in time', async () => {
  const { dash } = dashOver({ 'system.ping': [silent] }, { timeoutSeconds: 0.05, retriesMax: 0 });
  expect(await failureOf(dash.system.ping())).toMatchObject({
    code: 'NETWORK_FAILED',
    details: { reason: 'timeout' },
  });
});

test("a gateway's page is a failed network, a stranger's page is not an answer of ours", async () => {
  const page = (status: number) => () =>
    new Response('<html>', { status, headers: { 'content-type': 'text/html' } });
  const { dash } = dashOver({ 'system.ping': [page(502), page(200)] }, { retriesMax: 0 });
  expect(await failureOf(dash.system.ping())).toMatchObject({
    code: 'NETWORK_FAILED',
    details: { reason: 'gateway' },
  });
  expect(await failureOf(dash.system.ping())).toMatchObject({ code: 'ANSWER_UNREADABLE', status: 200 });
});

test('a signal gives the caller back at once, and nothing is sent after it', async () => {
  const { dash, sent } = dashOver({ 'users.takeRole': [silent] });
  const controller = new AbortController();
  const call = failureOf(dash.users.takeRole({ role: 'runner' }, { signal: controller.signal }));
  setTimeout(() => controller.abort(), 20);
  expect(await call).toMatchObject({ code: 'CALL_ABORTED' });
  expect(sent).toHaveLength(1);
  await expect(failureOf(dash.users.me(undefined, { signal: controller.signal }))).resolves.toMatchObject({
    code: 'CALL_ABORTED',
  });
  expect(sent).toHaveLength(1);
});

test('a token that is about to run out is renewed first, once for many calls', async () => {
  const { dash, sent, storage } = dashOver({
    'auth.refresh': [() => answers(tokens('new'))],
    'users.takeRole': [() => answers(me)],
  });
  signedIn(storage, 'old.token.s', Date.now() - 1);
  await Promise.all([1, 2, 3].map(() => dash.users.takeRole({ role: 'runner' })));
  const refreshes = sent.filter(({ path }) => path === 'auth.refresh');
  expect(refreshes).toHaveLength(1);
  expect(refreshes[0]?.body).toEqual({ json: { refreshToken: 'refresh-old', deviceId: 'd'.repeat(43) } });
  expect(refreshes[0]?.headers.get('authorization')).toBeNull();
  const bearers = sent
    .filter(({ path }) => path === 'users.takeRole')
    .map(({ headers }) => headers.get('authorization'));
  expect(new Set(bearers)).toEqual(new Set([`Bearer ${tokens('new').accessToken}`]));
});

test('a token that the server refuses is renewed and the call sent again under the same key', async () => {
  const { dash, sent, storage } = dashOver({
    'auth.refresh': [() => answers(tokens('new'))],
    'users.takeRole': [() => refuses('ACCESS_TOKEN_INVALID', 401), () => answers(me)],
  });
  signedIn(storage, 'old.token.s', null);
  await dash.users.takeRole({ role: 'runner' });
  const calls = sent.filter(({ path }) => path === 'users.takeRole');
  expect(calls.map(({ headers }) => headers.get('authorization'))).toEqual([
    'Bearer old.token.s',
    `Bearer ${tokens('new').accessToken}`,
  ]);
  expect(new Set(calls.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
});

test('a lost answer to a refresh is asked for again at once, from the same device', async () => {
  const { dash, sent, storage } = dashOver({
    'auth.refresh': [unreachable, () => answers(tokens('new'))],
    'users.me': [() => batched(me)],
  });
  signedIn(storage, 'old.token.s', Date.now() - 1);
  await dash.users.me();
  const refreshes = sent.filter(({ path }) => path === 'auth.refresh');
  expect(refreshes).toHaveLength(2);
  expect(refreshes[0]?.body).toEqual(refreshes[1]?.body);
});

test('a refused refresh token signs out, and says so to the caller', async () => {
  const { dash, storage } = dashOver({ 'auth.refresh': [() => refuses('REFRESH_TOKEN_INVALID', 401)] });
  signedIn(storage, 'old.token.s', Date.now() - 1);
  expect(await failureOf(dash.users.me())).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
  expect(await dash.isSignedIn()).toBe(false);
});

test('a mutation that is tried again is not sent as another person who has signed in meanwhile', async () => {
  const tokenOf = (sub: string) => `x.${btoa(JSON.stringify({ sub }))}.s`;
  const { dash, sent, storage } = dashOver({
    'users.takeRole': [
      () => {
        signedIn(storage, tokenOf('user_b'), null);
        throw new TypeError('fetch failed');
      },
      () => answers(me),
    ],
  });
  signedIn(storage, tokenOf('user_a'), null);
  const error = await failureOf(dash.users.takeRole({ role: 'runner' }));
  expect(error).toMatchObject({ code: 'SESSION_ENDED', idempotencyKey: expect.any(String) });
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([`Bearer ${tokenOf('user_a')}`]);
  await dash.users.takeRole({ role: 'runner' });
  expect(sent.at(-1)?.headers.get('authorization')).toBe(`Bearer ${tokenOf('user_b')}`);
});

test('a mutation that waits for a renewal is not sent as another person who signs in meanwhile', async () => {
  const tokenOf = (sub: string) => `x.${btoa(JSON.stringify({ sub }))}.s`;
  const { dash, sent, storage } = dashOver({
    'auth.refresh': [
      () => {
        signedIn(storage, tokenOf('user_b'), null);
        return refuses('SERVICE_BUSY', 503);
      },
    ],
    'users.takeRole': [() => answers(me)],
  });
  signedIn(storage, tokenOf('user_a'), Date.now() - 1);
  expect(await failureOf(dash.users.takeRole({ role: 'runner' }))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(sent.map(({ path }) => path)).toEqual(['auth.refresh', 'auth.refresh']);
});

test('a mutation that nobody began is not sent as who has signed in meanwhile', async () => {
  const { dash, sent, storage } = dashOver({
    'users.takeRole': [
      () => {
        signedIn(storage, 'secret-token', null);
        throw new TypeError('fetch failed');
      },
      () => refuses('SESSION_MISSING', 401),
      () => answers(me),
    ],
  });
  expect(await failureOf(dash.users.takeRole({ role: 'runner' }))).toMatchObject({ code: 'SESSION_MISSING' });
  await dash.users.takeRole({ role: 'runner' });
  const bearers = sent.map(({ headers }) => headers.get('authorization'));
  expect(bearers).toEqual([null, null, 'Bearer secret-token']);
});

test('whether somebody is signed in is told offline, though his token is due', async () => {
  const { dash, sent, storage } = dashOver({ 'auth.refresh': [unreachable] }, { retriesMax: 0 });
  expect(await dash.isSignedIn()).toBe(false);
  signedIn(storage, 'old.token.s', Date.now() - 1);
  expect(await dash.isSignedIn()).toBe(true);
  expect(sent).toEqual([]);
});

test('an unreachable server does not sign out', async () => {
  const { dash, storage } = dashOver({ 'auth.refresh': [unreachable] }, { retriesMax: 0 });
  signedIn(storage, 'old.token.s', Date.now() - 1);
  expect(await failureOf(dash.users.me())).toMatchObject({ code: 'NETWORK_FAILED' });
  expect(storage.get('errand-dash')).toContain('refresh-old');
});

test('the renewal is counted from the receipt by the lifetime in the token, whatever the clocks say', async () => {
  const { dash, sent, storage } = dashOver({
    'auth.refresh': [() => answers(tokens('short', 1)), () => answers(tokens('long', 600))],
    'users.me': [() => batched(me)],
  });
  signedIn(storage, 'old.token.s', 0);
  await dash.users.me();
  await new Promise((resolve) => setTimeout(resolve, 850));
  await dash.users.me();
  await dash.users.me();
  expect(sent.filter(({ path }) => path === 'auth.refresh')).toHaveLength(2);
});

test('a single-use ceremony is never sent twice', async () => {
  const { dash, sent } = dashOver({ 'auth.finishSignIn': [unreachable] });
  const response = {
    id: 'a',
    rawId: 'a',
    type: 'public-key' as const,
    clientExtensionResults: {},
    response: { clientDataJSON: 'a', authenticatorData: 'a', signature: 'a' },
  };
  const error = await failureOf(
    dash.auth.finishSignIn({ ceremony: 'ceremony_1', response, deviceId: 'd'.repeat(43) }),
  );
  expect(error).toMatchObject({ code: 'NETWORK_FAILED', isRetryable: false, idempotencyKey: null });
  expect(sent).toHaveLength(1);
});

test('what is single-use may be made again where nothing was done, and not where it may have been', async () => {
  const { dash, sent } = dashOver({
    'users.startPhoneVerification': [
      () => refuses('RATE_LIMITED', 429, { retryAfterSeconds: 1 }),
      () => refuses('SERVICE_BUSY', 503, { retryAfterSeconds: 1 }),
      unreachable,
    ],
  });
  const start = () => failureOf(dash.users.startPhoneVerification({ phone: '+2348030000001' }));
  expect(await start()).toMatchObject({ code: 'RATE_LIMITED', isRetryable: true });
  // The commit of a busy database may have come through.
  expect(await start()).toMatchObject({ code: 'SERVICE_BUSY', isRetryable: false });
  expect(await start()).toMatchObject({ code: 'NETWORK_FAILED', isRetryable: false, idempotencyKey: null });
  expect(sent).toHaveLength(3);
});

test('an authenticator that refuses is told by its own name', async () => {
  const network = scriptedNetwork({
    'auth.beginSignIn': [() => answers({ ceremony: 'ceremony_1', options: {} })],
  });
  const refusing = async () => {
    throw new DOMException('The person said no.', 'NotAllowedError');
  };
  const dash = createErrandDash({
    url,
    fetch: network.fetch,
    authenticator: { create: refusing, get: refusing },
  });
  expect(await failureOf(dash.signIn())).toMatchObject({
    code: 'AUTHENTICATOR_FAILED',
    details: { reason: 'NotAllowedError' },
  });
});
