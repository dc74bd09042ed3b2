import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blindIndex, makeDataKey, seal } from '../../sealing.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeTestUser, moveClock, type TestCore } from '../../testing/test-core.ts';
import { hashRecoveryCode } from '../../users/index.ts';
import { beginTotp } from '../second-factors/begin-totp.command.ts';
import { confirmTotp } from '../second-factors/confirm-totp.command.ts';
import { type DemoAccount, redirectUrl } from '../testing/identity-server.ts';
import { identityRefused, makeProviderScene, type ProviderScene } from '../testing/provider-scene.ts';
import { anonymousCall, codeOf, device, readSecret, tryCode } from '../testing/ways-in-person.ts';
import { type SignUpWithProvider, signUpWithProvider } from './sign-up-with-provider.command.ts';

let scene: ProviderScene;
let core: TestCore;

beforeAll(async () => {
  scene = await makeProviderScene();
  core = scene.core;
});
afterAll(() => scene.close());
beforeEach(() => {
  scene.reasons.length = 0;
});

async function signUp(account: DemoAccount, handle: string, given: Partial<SignUpWithProvider> = {}) {
  const answer = await scene.signIn(account);
  if (answer.outcome !== 'account_needed') throw new Error(`it was ${answer.outcome}`);
  const { signUpId } = answer;
  const asked = { ...device, signUpId, handle, displayName: `Demo ${handle}`, ...given };
  return { signUpId, ...(await signUpWithProvider(core, anonymousCall, asked)) };
}

const countUsers = async () => (await core.db.selectFrom('users').select('id').execute()).length;

async function giveEmail(userId: string, email: string): Promise<void> {
  const { dataKey } = makeDataKey(core.keyring, userId, core.random);
  const place = { table: 'users', row: userId, column: 'email_sealed' };
  const values = {
    email_sealed: seal(dataKey, place, email, core.random),
    email_index: blindIndex(core.keyring, 'users.email_index', email),
    email_verified_at: new Date(),
  };
  await core.db.updateTable('users').set(values).where('id', '=', userId).execute();
}

describe('a person', () => {
  test('without an account chooses a handle, has one, and is signed in; next time he is signed in at once', async () => {
    const account = { subject: 'ada', email: 'ada@mail.example', isEmailVerified: true };
    const before = await countUsers();
    const { tokens, user } = await signUp(account, 'ada');
    expect(user).toMatchObject({ handle: 'ada', displayName: 'Demo ada', phone: null, roles: [] });
    expect(await countUsers()).toBe(before + 1);
    const again = await scene.signIn(account);
    if (again.outcome !== 'signed_in') throw new Error(`it was ${again.outcome}`);
    expect(again.signedIn.user).toEqual(user);
    expect(again.signedIn.tokens.sessionId).not.toBe(tokens.sessionId);
    const row = await core.db
      .selectFrom('users')
      .where('id', '=', user.userId)
      .select(['email_index', 'email_verified_at'])
      .executeTakeFirstOrThrow();
    // What a provider says of an address is not our own verification of it.
    expect(row).toEqual({ email_index: null, email_verified_at: null });
  });

  test('is asked for PKCE, state and nonce at the provider, each time others, and they are sealed at rest', async () => {
    const [one, other] = [await scene.begin(), await scene.begin()];
    const parameters = (url: string) => Object.fromEntries(new URL(url).searchParams);
    expect(parameters(one.url)).toEqual({
      response_type: 'code',
      client_id: 'errand-dash',
      redirect_uri: redirectUrl,
      scope: 'openid email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(parameters(one.url)[name]).not.toBe(parameters(other.url)[name]);
    }
    const row = await core.db
      .selectFrom('identity_ceremonies')
      .where('id', '=', one.ceremonyId)
      .selectAll()
      .executeTakeFirstOrThrow();
    for (const name of ['state', 'nonce']) {
      expect(Buffer.from(row.secrets_sealed ?? []).includes(parameters(one.url)[name] ?? 'none')).toBe(false);
    }
  });

  test('with an authenticator app is asked for its code before he is signed in', async () => {
    const account = { subject: 'bola' };
    const { user, tokens } = await signUp(account, 'bola');
    const call = (key: string) => ({
      caller: { kind: 'user' as const, userId: user.userId, sessionId: tokens.sessionId },
      idempotencyKey: key,
      requestId: 'test',
    });
    const secret = readSecret((await beginTotp(core, call('begin-totp'), {})).secret);
    await confirmTotp(core, call('confirm-totp'), { code: await codeOf(scene.database, secret) });
    const answer = await scene.signIn(account);
    if (answer.outcome !== 'second_factor') throw new Error(`it was ${answer.outcome}`);
    expect(answer.challenge.kinds).toEqual(['totp']);
    const code = await codeOf(scene.database, secret, 1);
    const signedIn = await tryCode(core, answer.challenge.secondFactorId, code);
    expect(signedIn.user).toEqual(user);
  });

  test('with recovery codes spends one in the place of the app, and is not asked for one without an app', async () => {
    const account = { subject: 'bisi' };
    const { user, tokens } = await signUp(account, 'bisi');
    const { userId } = user;
    const [recoveryCode, other] = ['DEM0-DEM0-DEM0-DEM0', 'DEM1-DEM1-DEM1-DEM1'] as const;
    await core.db
      .insertInto('recovery_codes')
      .values(
        [recoveryCode, other].map((code, index) => ({
          id: `018f3c5a-0000-7000-8000-00000000b15${index}`,
          user_id: userId,
          code_hash: hashRecoveryCode(core.keyring, userId, code),
          created_at: new Date(),
          spent_at: null,
        })),
      )
      .execute();
    expect((await scene.signIn(account)).outcome).toBe('signed_in');
    const call = (key: string) => ({
      caller: { kind: 'user' as const, userId, sessionId: tokens.sessionId },
      idempotencyKey: key,
      requestId: 'test',
    });
    const secret = readSecret((await beginTotp(core, call('bisi-begin-totp'), {})).secret);
    await confirmTotp(core, call('bisi-totp'), { code: await codeOf(scene.database, secret) });
    const answer = await scene.signIn(account);
    if (answer.outcome !== 'second_factor') throw new Error(`it was ${answer.outcome}`);
    expect(answer.challenge.kinds).toEqual(['totp', 'recovery_code']);
    const { secondFactorId } = answer.challenge;
    const given = { kind: 'recovery_code' } as const;
    expect((await tryCode(core, secondFactorId, recoveryCode, given)).user).toEqual(user);
    const next = await scene.signIn(account);
    if (next.outcome !== 'second_factor') throw new Error(`it was ${next.outcome}`);
    expect(next.challenge.kinds).toEqual(['totp']);
    // The last one is his way to a passkey.
    for (const code of [recoveryCode, other]) {
      const again = tryCode(core, next.challenge.secondFactorId, code, given);
      expect((await refusalOf(again)).code).toBe('CODE_WRONG');
    }
  });

  test('who is suspended is refused', async () => {
    const account = { subject: 'chidi' };
    const { user } = await signUp(account, 'chidi');
    await core.db
      .updateTable('users')
      .set({ suspended_at: new Date() })
      .where('id', '=', user.userId)
      .execute();
    expect(await refusalOf(scene.signIn(account))).toEqual(identityRefused);
    expect(scene.reasons).toEqual(['the person is suspended']);
  });

  test('who says no at the provider is refused', async () => {
    const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: '' });
    expect(callbackUrl).toContain('error=access_denied');
    expect(await refusalOf(scene.finish(ceremonyId, callbackUrl))).toEqual(identityRefused);
    expect(scene.reasons).toEqual(['access_denied']);
  });
});

describe('an email address leads into no account', () => {
  test('where the ID token does not say true itself: a new account is made, without the address', async () => {
    const dayo = await makeTestUser(core, 'dayo');
    await giveEmail(dayo.userId, 'dayo@mail.example');
    for (const [index, isEmailVerified] of [false, undefined, 'true', '1'].entries()) {
      const email = 'dayo@mail.example';
      const said = isEmailVerified === undefined ? { email } : { email, isEmailVerified };
      const { user } = await signUp({ subject: `not-dayo-${index}`, ...said }, `not_dayo_${index}`);
      expect(user.userId).not.toBe(dayo.userId);
    }
  });

  test('where the provider verified it: whoever it is signs in and links', async () => {
    const efe = await makeTestUser(core, 'efe');
    await giveEmail(efe.userId, 'efe@mail.example');
    const account = { subject: 'efe', email: 'Efe@Mail.Example', isEmailVerified: true };
    const before = await countUsers();
    expect((await refusalOf(scene.signIn(account))).code).toBe('ACCOUNT_EXISTS');
    expect(await countUsers()).toBe(before);
    expect(await core.db.selectFrom('identities').where('user_id', '=', efe.userId).execute()).toEqual([]);
  });
});

describe('an answer is refused, and the ceremony is spent,', () => {
  async function expectRefused(ceremonyId: string, callbackUrl: string, right = callbackUrl) {
    const before = await core.db.selectFrom('sessions').select('id').execute();
    expect(await refusalOf(scene.finish(ceremonyId, callbackUrl))).toEqual(identityRefused);
    expect(await refusalOf(scene.finish(ceremonyId, right))).toEqual(identityRefused);
    expect(scene.reasons.at(-1)).toBe('no such ceremony');
    expect(await core.db.selectFrom('sessions').select('id').execute()).toEqual(before);
  }

  function changed(callbackUrl: string, parameters: Record<string, string | null>): string {
    const url = new URL(callbackUrl);
    for (const [name, value] of Object.entries(parameters)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    return url.href;
  }

  test.each([
    ['with another state', { state: 'another-state' }],
    ['without a state', { state: null }],
    ['without a code', { code: null }],
    ['with a code that never was', { code: 'another-code' }],
    ['with the issuer of another provider', { iss: 'https://evil.example' }],
    ['without the issuer that this provider names', { iss: null }],
  ])('%s', async (_name, parameters) => {
    const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'femi' });
    await expectRefused(ceremonyId, changed(callbackUrl, parameters), callbackUrl);
  });

  test.each([
    ['at another page', (url: string) => url.replace('/signed-in', '/elsewhere')],
    ['at another site', (url: string) => url.replace('app.errand.example', 'evil.example')],
    ['with its parameters in the fragment', (url: string) => url.replace('?', '#')],
    ['that is no address', () => 'no address'],
    ['with the state twice', (url: string) => `${url}&state=another-state`],
  ])('%s', async (_name, change) => {
    const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'femi' });
    await expectRefused(ceremonyId, change(callbackUrl), callbackUrl);
  });

  test('with the code of another ceremony of the same person', async () => {
    const first = await scene.goAndComeBack({ subject: 'gbenga' });
    const second = await scene.goAndComeBack({ subject: 'gbenga' });
    const code = new URL(first.callbackUrl).searchParams.get('code');
    await expectRefused(second.ceremonyId, changed(second.callbackUrl, { code }), second.callbackUrl);
  });

  test('with a code that was used', async () => {
    const first = await scene.goAndComeBack({ subject: 'hauwa' });
    await scene.finish(first.ceremonyId, first.callbackUrl);
    expect(await refusalOf(scene.finish(first.ceremonyId, first.callbackUrl))).toEqual(identityRefused);
    const second = await scene.goAndComeBack({ subject: 'hauwa' });
    const code = new URL(first.callbackUrl).searchParams.get('code');
    await expectRefused(second.ceremonyId, changed(second.callbackUrl, { code }));
  });

  test("with another client's code", async () => {
    const { ceremonyId, url } = await scene.begin();
    const elsewhere = changed(url, { client_id: 'another-client' });
    await expectRefused(ceremonyId, await scene.server.visit(elsewhere, { subject: 'ife' }));
    expect(scene.reasons[0]).toBe('invalid_grant');
  });

  test('after ten minutes', async () => {
    const late = await scene.goAndComeBack({ subject: 'jide' });
    await moveClock(scene.database.owner, 600);
    await expectRefused(late.ceremonyId, late.callbackUrl);
    expect(scene.reasons[0]).toBe('the ceremony has expired');
  });
});

test('an answer at another device is refused, and spoils nothing', async () => {
  const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'kemi' });
  const elsewhere = scene.finish(ceremonyId, callbackUrl, { deviceId: 'another-demo-device-0000' });
  expect(await refusalOf(elsewhere)).toEqual(identityRefused);
  expect((await scene.finish(ceremonyId, callbackUrl)).outcome).toBe('account_needed');
});

test('of one answer ten times at once one is taken', async () => {
  const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'lara' });
  const codes = await codesOf(Array.from({ length: 10 }, () => scene.finish(ceremonyId, callbackUrl)));
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'IDENTITY_REFUSED')).toHaveLength(9);
});

describe('a sign-up', () => {
  const start = async (subject: string) => {
    const answer = await scene.signIn({ subject });
    if (answer.outcome !== 'account_needed') throw new Error(`it was ${answer.outcome}`);
    return answer;
  };
  const take = (signUpId: string, handle: string, given: Partial<SignUpWithProvider> = {}) =>
    signUpWithProvider(core, anonymousCall, {
      ...device,
      signUpId,
      handle,
      displayName: 'Demo',
      ...given,
    });

  test('whose handle is taken goes on with another', async () => {
    await makeTestUser(core, 'tayo');
    const { signUpId } = await start('tayo');
    expect((await refusalOf(take(signUpId, 'tayo'))).code).toBe('HANDLE_TAKEN');
    expect((await take(signUpId, 'tayo_2')).user.handle).toBe('tayo_2');
    expect(await refusalOf(take(signUpId, 'tayo_3'))).toEqual(identityRefused);
  });

  test('makes one account, also twice at once and by two ceremonies', async () => {
    const [one, other] = [await start('uche'), await start('uche')];
    const codes = await codesOf([
      take(one.signUpId, 'uche_1'),
      take(one.signUpId, 'uche_2'),
      take(other.signUpId, 'uche_3'),
    ]);
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'IDENTITY_REFUSED')).toHaveLength(2);
  });

  test('is for its own device, for ten minutes', async () => {
    const { signUpId } = await start('wale');
    const elsewhere = take(signUpId, 'wale', { deviceId: 'another-demo-device-0000' });
    expect(await refusalOf(elsewhere)).toEqual(identityRefused);
    await moveClock(scene.database.owner, 600);
    expect(await refusalOf(take(signUpId, 'wale'))).toEqual(identityRefused);
  });
});

test('what is switched off, unknown or elsewhere is refused before anybody is sent anywhere', async () => {
  const off = { ...core, waysIn: { passwords: null, identityProviders: [] } };
  expect(await refusalOf(scene.begin({}, off))).toMatchObject({
    code: 'WAY_IN_OFF',
    details: { wayIn: 'identity_provider' },
  });
  expect((await refusalOf(scene.begin({ provider: 'other' }))).code).toBe('IDENTITY_PROVIDER_UNKNOWN');
  const elsewhere = { redirectUrl: 'https://evil.example/signed-in' };
  expect((await refusalOf(scene.begin(elsewhere))).code).toBe('REDIRECT_URL_REFUSED');
});

test('the identity is kept as a blind index alone', async () => {
  const { user } = await signUp({ subject: 'subject-to-be-found-nowhere' }, 'yemi');
  const rows = await core.db
    .selectFrom('identities')
    .where('user_id', '=', user.userId)
    .selectAll()
    .execute();
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain('nowhere');
  expect(rows[0]?.subject_index).toHaveLength(32);
});
