import { expect, test } from 'vitest';
import { type ErrandDashError, errandDashError, isErrandDashError } from './errand-dash-error.ts';
import type { Tokens } from './router-types.ts';
import { createSession, type Session, type TokenStorage } from './session.ts';

const deviceId = 'd'.repeat(43);

/** Unsigned tokens of the right form; a session only reads how long they live. */
function tokensOf(name: string, sub = 'user_a', sid = `session_of_${sub}`): Tokens {
  const payload = btoa(JSON.stringify({ sub, sid, iat: 1000, exp: 1600 })).replace(/=+$/, '');
  const [accessTokenExpiresAt, refreshTokenExpiresAt] = [new Date(1600_000), new Date(9000_000)];
  const tokens = { accessToken: `${name}.${payload}.s`, refreshToken: `refresh-${name}` };
  return { sessionId: `session_${name}`, ...tokens, accessTokenExpiresAt, refreshTokenExpiresAt };
}

/** A session of A's whose token is due, on a server that answers a renewal when the test says so. */
function renewing(storage: TokenStorage & { get: (name: string) => unknown } = new Map<string, string>()) {
  const sent: string[] = [];
  let answer: { resolve: (tokens: Tokens) => void; reject: (failure: Error) => void } | null = null;
  const refresh = ({ refreshToken }: { refreshToken: string }) =>
    new Promise<Tokens>((resolve, reject) => {
      sent.push(refreshToken);
      answer = { resolve, reject };
    });
  const session = createSession(storage, refresh, () => 0);
  const { accessToken, refreshToken } = tokensOf('a');
  const stored = { deviceId, tokens: { accessToken, refreshToken, renewAtMilliseconds: 0 } };
  const asked = async () => {
    await expect.poll(() => sent).toEqual(['refresh-a']);
    if (answer === null) throw new Error('nothing was asked');
    return answer;
  };
  return { session, asked, begun: storage.set('errand-dash', JSON.stringify(stored)) };
}

/** A storage that takes its time, as those of React Native do; another tab writes to it beside the session. */
function slowStorage(): TokenStorage {
  const texts = new Map<string, string>();
  const later = <T>(work: () => T) => new Promise<T>((resolve) => setTimeout(() => resolve(work()), 1));
  return {
    get: (name) => later(() => texts.get(name)),
    set: (name, text) => later(() => texts.set(name, text)),
  };
}

/** A token for what begins now. */
const tokenFor = async (session: Session) => session.accessToken(await session.keptToken());

const tokenInvalid = () => errandDashError('REFRESH_TOKEN_INVALID', {}, { message: 'refused', status: 401 });

async function failureOf(call: Promise<unknown>): Promise<ErrandDashError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return error;
}

test.each([
  ['a storage that answers at once', () => new Map<string, string>()],
  ['a storage that takes its time', slowStorage],
])('who signs in while another is renewed stays signed in, with %s', async (_name, makeStorage) => {
  const { session, asked, begun } = renewing(makeStorage());
  await begun;
  const renewed = failureOf(tokenFor(session));
  const { resolve } = await asked();
  const keeping = session.keep(tokensOf('b', 'user_b'));
  resolve(tokensOf('a2'));
  await keeping;
  expect(await renewed).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await tokenFor(session)).toBe(tokensOf('b', 'user_b').accessToken);
});

test('a renewal answers with the tokens of a sign-in of the same person meanwhile', async () => {
  const { session, asked } = renewing();
  const renewed = tokenFor(session);
  const { resolve } = await asked();
  await session.keep(tokensOf('again'));
  resolve(tokensOf('a2'));
  expect(await renewed).toBe(tokensOf('again').accessToken);
});

test('a call of one person does not go out as another who signs in meanwhile', async () => {
  const { session, asked } = renewing();
  const renewed = failureOf(tokenFor(session));
  const { resolve } = await asked();
  await session.keep(tokensOf('b', 'user_b'));
  resolve(tokensOf('a2'));
  expect(await renewed).toMatchObject({ code: 'SESSION_ENDED' });
  const replaced = failureOf(session.replaceToken(tokensOf('a').accessToken));
  expect(await replaced).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await session.replaceToken(tokensOf('old b', 'user_b').accessToken)).toBe(
    tokensOf('b', 'user_b').accessToken,
  );
});

test('who signs out while he is renewed stays signed out', async () => {
  const { session, asked } = renewing();
  const renewed = tokenFor(session);
  const { resolve } = await asked();
  await session.forget(tokensOf('a').accessToken);
  resolve(tokensOf('a2'));
  expect(await renewed).toBeNull();
  expect(await tokenFor(session)).toBeNull();
});

test.each([
  ['who signs in while another signs out stays signed in', tokensOf('b', 'user_b')],
  ['who signs in again while he signs out stays signed in', tokensOf('again', 'user_a', 'session_2')],
])('%s', async (_name, next) => {
  const { session } = renewing();
  await session.keep(next);
  await session.forget(tokensOf('a').accessToken);
  expect(await tokenFor(session)).toBe(next.accessToken);
});

test('a session that was renewed while it was left is forgotten', async () => {
  const { session } = renewing();
  await session.keep(tokensOf('a2'));
  await session.forget(tokensOf('a').accessToken);
  expect(await session.keptToken()).toBeNull();
});

test('what was begun as one person goes on as nobody else', async () => {
  const { session } = renewing();
  await session.keep(tokensOf('b', 'user_b'));
  expect(await failureOf(session.accessToken(tokensOf('a').accessToken))).toMatchObject({
    code: 'SESSION_ENDED',
  });
  expect(await session.accessToken(tokensOf('older b', 'user_b').accessToken)).toBe(
    tokensOf('b', 'user_b').accessToken,
  );
});

test('what was begun as nobody goes on as nobody who signs in', async () => {
  const { session } = renewing();
  await session.keep(tokensOf('b', 'user_b'));
  expect(await session.accessToken(null)).toBeNull();
});

test('what was begun in one session, and is bound to it, goes on in no other of the same person', async () => {
  const { session } = renewing();
  const [begunWith, next] = [tokensOf('a').accessToken, tokensOf('again', 'user_a', 'session_2')];
  await session.keep(next);
  expect(await failureOf(session.accessToken(begunWith, 'sid'))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await failureOf(session.replaceToken(begunWith, 'sid'))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await session.accessToken(begunWith)).toBe(next.accessToken);
  expect(await session.replaceToken(begunWith)).toBe(next.accessToken);
});

test.each([
  ['a token that is due', (session: Session) => session.accessToken(tokensOf('a').accessToken, 'sid')],
  ['a token that was refused', (session: Session) => session.replaceToken(tokensOf('a').accessToken, 'sid')],
])('%s is not renewed into one of a session that began meanwhile', async (_name, ask) => {
  const { session, asked } = renewing();
  const renewed = failureOf(ask(session));
  const { resolve } = await asked();
  await session.keep(tokensOf('again', 'user_a', 'session_2'));
  resolve(tokensOf('a2'));
  expect(await renewed).toMatchObject({ code: 'SESSION_ENDED' });
});

test("another tab's sign-in outlives a renewal that is refused", async () => {
  const storage = new Map<string, string>();
  const { session, asked } = renewing(storage);
  const renewed = tokenFor(session);
  const { reject } = await asked();
  const otherTab: Session = createSession(
    storage,
    () => Promise.reject(new Error('not due')),
    () => 0,
  );
  await otherTab.keep(tokensOf('b'));
  reject(tokenInvalid());
  expect(await renewed).toBe(tokensOf('b').accessToken);
  expect(await tokenFor(otherTab)).toBe(tokensOf('b').accessToken);
});

test('a renewal that is refused ends the session, and says why', async () => {
  const { session, asked } = renewing();
  const renewed = failureOf(tokenFor(session));
  const { reject } = await asked();
  reject(tokenInvalid());
  expect(await renewed).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
  expect(await tokenFor(session)).toBeNull();
});

test('a device is named once, also by calls that find no name at the same time', async () => {
  const session = createSession(
    slowStorage(),
    () => Promise.reject(new Error('nobody')),
    () => 0,
  );
  const [first, ...others] = await Promise.all([session.deviceId(), session.deviceId(), session.deviceId()]);
  expect(others).toEqual([first, first]);
  expect(await session.deviceId()).toBe(first);
});

test('a sign-in is not lost to a call that names the device at the same time', async () => {
  const session = createSession(
    slowStorage(),
    () => Promise.reject(new Error('not due')),
    () => 0,
  );
  await Promise.all([session.deviceId(), session.keep(tokensOf('a')), session.deviceId()]);
  expect(await tokenFor(session)).toBe(tokensOf('a').accessToken);
});
