import {
  type Authenticator,
  createErrandDash,
  type ErrandDashError,
  type ErrandDashOptions,
  isErrandDashError,
} from '@errand-dash/sdk';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Booted, boot } from './boot.ts';

let system: Booted;
beforeAll(async () => {
  system = await boot();
}, 120_000);
afterAll(() => system?.stop());

let people = 0;

/** A device with its own authenticator and storage, nobody signed in. */
function device(given: Partial<ErrandDashOptions> = {}) {
  const authenticator = createSoftwareAuthenticator({ origin: system.apiUrl });
  const storage = new Map<string, string>();
  const dash = createErrandDash({ url: system.apiUrl, authenticator, storage, ...given });
  people += 1;
  return { authenticator, storage, dash, handle: `demo_person_${people}` };
}

async function failureOf(call: Promise<unknown>): Promise<ErrandDashError> {
  const error = await call.then(
    () => new Error('the call did not fail'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return error;
}

/** Makes the next call renew the token, as if it were about to run out. */
function letTokenRunOut(storage: Map<string, string>): void {
  const stored = JSON.parse(storage.get('errand-dash') ?? '');
  stored.tokens.renewAtMilliseconds = 0;
  storage.set('errand-dash', JSON.stringify(stored));
}

test('one call signs up, one signs out, one signs in with the handle or without', async () => {
  const { dash, handle } = device();
  const me = await dash.signUp({ handle, displayName: 'Demo Person', passkeyName: 'Demo key' });
  expect(me).toMatchObject({ handle, displayName: 'Demo Person', phone: null });
  expect(me.createdAt).toBeInstanceOf(Date);
  expect(await dash.users.me()).toEqual(me);
  await dash.signOut();
  expect(await dash.isSignedIn()).toBe(false);
  expect(await failureOf(dash.users.me())).toMatchObject({ code: 'SESSION_MISSING', status: 401 });
  expect(await dash.signIn()).toEqual(me);
  expect(await dash.signIn({ handle })).toEqual(me);
});

test('a session outlives the app that made it, in what it stored', async () => {
  const { dash, handle, storage } = device();
  const me = await dash.signUp({ handle, displayName: 'Demo Person' });
  expect(await createErrandDash({ url: system.apiUrl, storage }).users.me()).toEqual(me);
});

test('the same key does the same thing once, and refuses to do another', async () => {
  const { dash, handle } = device();
  await dash.signUp({ handle, displayName: 'Demo Person' });
  const key = { idempotencyKey: 'demo-take-role' };
  const first = await dash.users.takeRole({ role: 'sender' }, key);
  expect(await dash.users.takeRole({ role: 'sender' }, key)).toEqual(first);
  expect(await failureOf(dash.users.takeRole({ role: 'runner' }, key))).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
    status: 422,
  });
});

test('a refusal says what is missing, in the type that its code promises', async () => {
  const { dash, handle } = device();
  await dash.signUp({ handle, displayName: 'Demo Person' });
  const error = await failureOf(dash.users.takeRole({ role: 'runner' }));
  if (error.code !== 'ROLE_CONDITION_UNMET') throw error;
  expect(error.details.needs).toContain('phone_verified');
});

test('an answer that was lost on its way is the answer to the next attempt', async () => {
  let isCut = true;
  const cutOnce: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (isCut && String(url).endsWith('/users.takeRole')) {
      isCut = false;
      throw new TypeError('the connection was cut');
    }
    return response;
  };
  const { dash, handle } = device({ fetch: cutOnce });
  await dash.signUp({ handle, displayName: 'Demo Person' });
  expect((await dash.users.takeRole({ role: 'sender' })).roles).toEqual(['sender']);
  expect(isCut).toBe(false);
});

test('a signed call whose answer was lost is signed once, and signed anew under its key it is answered as before', async () => {
  let cuts = 0;
  const cutTwice: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (cuts < 2 && String(url).endsWith('/wallet.addPayoutAccount')) {
      cuts += 1;
      throw new TypeError('the connection was cut');
    }
    return response;
  };
  const authenticator = createSoftwareAuthenticator({ origin: system.apiUrl });
  let signed = 0;
  const counting: Authenticator = {
    create: authenticator.create,
    get: (options) => {
      signed += 1;
      return authenticator.get(options);
    },
  };
  const { dash, handle } = device({ fetch: cutTwice, authenticator: counting });
  await dash.signUp({ handle, displayName: 'Demo Person' });
  const account = { bankCode: '058', accountNumber: '0123456789' };
  const key = { idempotencyKey: 'demo-add-account' };
  const added = await dash.wallet.addPayoutAccount(account, key);
  expect([cuts, signed]).toEqual([2, 1]);
  expect(await dash.wallet.addPayoutAccount(account, key)).toEqual(added);
  expect(signed).toBe(2);
  const other = { ...account, accountNumber: '0123456780' };
  expect(await failureOf(dash.wallet.addPayoutAccount(other, key))).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
  expect((await dash.wallet.listPayoutAccounts()).payoutAccounts).toEqual([added]);
});

test('one call adds a passkey of another device, which then signs in; one call takes it away again', async () => {
  const { authenticator, dash, handle } = device();
  const me = await dash.signUp({ handle, displayName: 'Demo Person', passkeyName: 'Demo laptop' });
  expect(await failureOf(dash.addPasskey({ name: 'Once more' }))).toMatchObject({
    code: 'AUTHENTICATOR_FAILED',
    details: { reason: 'InvalidStateError' },
  });
  const phone = device();
  // What a browser does when the person chooses another device: that one makes the passkey, this one signs.
  const both: Authenticator = { create: phone.authenticator.create, get: authenticator.get };
  const choosing = device({ authenticator: both });
  await choosing.dash.signIn({ handle });
  const added = await choosing.dash.addPasskey({ name: 'Demo phone' });
  expect(added).toMatchObject({ name: 'Demo phone', isCurrent: false });
  expect(await phone.dash.signIn()).toEqual(me);
  const { sessions } = await phone.dash.auth.listSessions();
  expect(sessions.map(({ isCurrent }) => isCurrent)).toEqual([true, false, false]);
  expect(sessions[0]?.createdAt).toBeInstanceOf(Date);
  const { passkeyId } = added;
  expect(await dash.auth.removePasskey({ passkeyId })).toMatchObject({ passkeyId, sessionsEnded: 1 });
  expect(await failureOf(phone.dash.users.me())).toMatchObject({ code: 'SESSION_ENDED' });
  const [last] = (await dash.auth.listPasskeys()).passkeys;
  expect(await failureOf(dash.auth.removePasskey({ passkeyId: last?.passkeyId ?? '' }))).toMatchObject({
    code: 'PASSKEY_LAST',
    status: 412,
  });
  expect(await dash.auth.endAllSessions({ which: 'others' })).toEqual({ endedCount: 1 });
});

test('a lost answer to a refresh does not end the session', async () => {
  let refreshes = 0;
  const cutFirst: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (!String(url).endsWith('/auth.refresh')) return response;
    refreshes += 1;
    if (refreshes === 1) throw new TypeError('the connection was cut');
    return response;
  };
  const { dash, handle, storage } = device({ fetch: cutFirst });
  await dash.signUp({ handle, displayName: 'Demo Person' });
  letTokenRunOut(storage);
  await dash.users.me();
  letTokenRunOut(storage);
  await dash.users.me();
  expect(refreshes).toBe(3);
});

test('two tabs on one storage renew at once and stay signed in, both', async () => {
  const { dash, handle, storage } = device();
  await dash.signUp({ handle, displayName: 'Demo Person' });
  const other = createErrandDash({ url: system.apiUrl, storage });
  for (let round = 0; round < 3; round += 1) {
    letTokenRunOut(storage);
    await Promise.all([dash.users.me(), other.users.me(), dash.users.me(), other.users.me()]);
  }
});

test('a stolen refresh token that is used after its owner ends the session for both', async () => {
  const { dash, handle, storage } = device();
  await dash.signUp({ handle, displayName: 'Demo Person' });
  letTokenRunOut(storage);
  const stolen = new Map(storage);
  await dash.users.me();
  letTokenRunOut(storage);
  await dash.users.me();
  const thief = createErrandDash({ url: system.apiUrl, storage: stolen });
  expect(await failureOf(thief.users.me())).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
  expect(await failureOf(dash.users.me())).toMatchObject({ code: 'SESSION_ENDED' });
});

test('a hundred queries at once travel in batches that the server takes', async () => {
  let requests = 0;
  const counting: typeof fetch = (url, init) => {
    requests += 1;
    return fetch(url, init);
  };
  const { dash, handle } = device({ fetch: counting });
  await dash.signUp({ handle, displayName: 'Demo Person' });
  requests = 0;
  await Promise.all(Array.from({ length: 100 }, () => dash.users.me()));
  expect(requests).toBe(5);
});

test('the raw client goes the same way', async () => {
  const { dash, handle } = device();
  const me = await dash.signUp({ handle, displayName: 'Demo Person' });
  expect(await dash.trpc.users.me.query()).toEqual(me);
});
