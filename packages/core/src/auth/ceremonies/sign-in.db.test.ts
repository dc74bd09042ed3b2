import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import {
  type Algorithm,
  createSoftwareAuthenticator,
  type Deviations,
} from '@errand-dash/software-authenticator';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { beginRegistration, beginSignIn, finishSignIn } from '../index.ts';
import { anonymousCall, makeAuthenticator, place, register, signIn } from '../testing/passkey-person.ts';
import { userHandleOf } from './ceremony-options.rules.ts';

let database: TestDatabase;
let core: TestCore;
let logged: unknown[];

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  core.log = (_level, _message, fields) => void logged.push(fields?.reason);
});
afterAll(() => database.drop());
beforeEach(() => {
  logged = [];
});

const refused = { isRefusal: true, code: 'SIGN_IN_REFUSED', details: {} };
const begin = (handle?: string) => beginSignIn(core, anonymousCall, { handle });

test.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])(
  'a person signs in with %s, by name and without',
  async (algorithm) => {
    const handle = `ada_${algorithm.toLowerCase()}`;
    const authenticator = makeAuthenticator(core, { algorithms: [algorithm] });
    const { user, tokens } = await register(core, authenticator, handle);
    for (const given of [{ handle }, {}]) {
      const signedIn = await signIn(core, authenticator, given);
      expect(signedIn.user).toEqual(user);
      expect(signedIn.tokens.sessionId).not.toBe(tokens.sessionId);
    }
    const passkey = await core.db
      .selectFrom('passkeys')
      .where('user_id', '=', user.userId)
      .select(['counter', 'last_used_at'])
      .executeTakeFirstOrThrow();
    expect(passkey).toEqual({ counter: 2n, last_used_at: expect.any(Date) });
  },
);

test('a passkey without a counter signs in again and again', async () => {
  const authenticator = makeAuthenticator(core, { hasCounter: false });
  await register(core, authenticator, 'bola');
  for (let count = 0; count < 3; count += 1) await signIn(core, authenticator, { handle: 'bola' });
});

const hostile: [string, Deviations][] = [
  ['another origin', { origin: 'https://evil.example' }],
  ['a subdomain', { origin: 'https://other.errand.example' }],
  ['http', { origin: 'http://app.errand.example' }],
  ['another relying party', { rpId: 'evil.example' }],
  ['no user verification', { isUserVerified: false }],
  ['a frame of another site', { crossOrigin: true }],
  ['the type of a registration', { type: 'webauthn.create' }],
  ["another ceremony's challenge", { challenge: Buffer.alloc(32).toString('base64url') }],
  ['backup eligibility gone', { isBackupEligible: false, isBackedUp: false }],
  ['a counter that goes back', { counter: 1 }],
  ['a forged user handle', { userHandle: userHandleOf('018f3c5a-0000-7000-8000-000000000001') }],
];
test.each(hostile)(
  'with %s it is refused, the reason is in the log alone, and the challenge is spent',
  async (_, deviations) => {
    const authenticator = makeAuthenticator(core);
    const handle = `chidi_${hostile.findIndex(([, given]) => given === deviations)}`;
    await register(core, authenticator, handle);
    await signIn(core, authenticator, { handle });
    const { ceremony, options } = await begin(handle);
    const finish = (response: Awaited<ReturnType<typeof authenticator.get>>) =>
      finishSignIn(core, anonymousCall, { ceremony, response, ...place });
    expect(await refusalOf(finish(await authenticator.get(options, deviations)))).toEqual(refused);
    expect(logged).toEqual([expect.any(String)]);
    expect(await refusalOf(finish(await authenticator.get(options)))).toEqual(refused);
    expect(logged[1]).toBe('no such ceremony');
    await signIn(core, authenticator, { handle });
  },
);

test('without a name the user handle must be there', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'dayo');
  const deviations = { userHandle: null };
  expect(await refusalOf(signIn(core, authenticator, { deviations }))).toEqual(refused);
  expect(logged).toEqual(['the user handle is missing']);
  await signIn(core, authenticator, { handle: 'dayo', deviations });
});

test('an answer is good once, also at once', async () => {
  const authenticator = makeAuthenticator(core, { hasCounter: false });
  await register(core, authenticator, 'efe');
  const { ceremony, options } = await begin('efe');
  const response = await authenticator.get(options);
  const finish = () => finishSignIn(core, anonymousCall, { ceremony, response, ...place });
  const codes = await codesOf(Array.from({ length: 8 }, finish));
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'SIGN_IN_REFUSED')).toHaveLength(7);
  expect(await refusalOf(finish())).toEqual(refused);
});

test('an answer does not fit the challenge of another ceremony', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'femi');
  const [one, other] = [await begin('femi'), await begin('femi')];
  const response = await authenticator.get(one.options);
  const { ceremony } = other;
  expect(await refusalOf(finishSignIn(core, anonymousCall, { ceremony, response, ...place }))).toEqual(
    refused,
  );
});

test('of two authenticators with the same key and counter at once one wins', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'gbenga');
  const clone = makeAuthenticator(core);
  clone.import(authenticator.export());
  for (let round = 0; round < 5; round += 1) {
    const codes = await codesOf(
      [authenticator, clone].map((each) => signIn(core, each, { handle: 'gbenga' })),
    );
    expect(codes.sort()).toEqual(['SIGN_IN_REFUSED', null]);
  }
});

test('a challenge is good for two minutes', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'hauwa');
  const finish = async (seconds: number) => {
    const { ceremony, options } = await begin('hauwa');
    const response = await authenticator.get(options);
    await moveClock(database.owner, seconds);
    return finishSignIn(core, anonymousCall, { ceremony, response, ...place });
  };
  await finish(115);
  expect(await refusalOf(finish(120))).toEqual(refused);
  expect(logged).toEqual(['the ceremony has expired']);
});

test("one's own passkey does not sign in as another who was named", async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'ife');
  await register(core, makeAuthenticator(core), 'ife_other');
  const useCredentialId = authenticator.export()[0]?.credentialId ?? '';
  const deviations = { useCredentialId };
  expect(await refusalOf(signIn(core, authenticator, { handle: 'ife_other', deviations }))).toEqual(refused);
  expect(await refusalOf(signIn(core, authenticator, { handle: 'nobody_here', deviations }))).toEqual(
    refused,
  );
  expect(logged).toEqual(['another passkey was asked for', 'another passkey was asked for']);
});

test("another's credential id over one's own signature is refused", async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'jide');
  const victim = makeAuthenticator(core);
  await register(core, victim, 'jide_victim');
  const id = victim.export()[0]?.credentialId ?? '';
  const alter = <R extends object>(response: R) => ({ ...response, id, rawId: id });
  expect(await refusalOf(signIn(core, authenticator, { alter }))).toEqual(refused);
});

test('a name that nobody has looks like one that somebody has, and always the same', async () => {
  await register(core, makeAuthenticator(core), 'kemi');
  const [known, unknown, again] = [
    await begin('kemi'),
    await begin('nobody_kemi'),
    await begin('nobody_kemi'),
  ];
  const shapeOf = ({ options }: typeof known) => ({
    ...options,
    challenge: options.challenge.length,
    allowCredentials: options.allowCredentials.map((credential) => ({
      ...credential,
      id: typeof credential.id,
    })),
  });
  const credential = { id: 'string', type: 'public-key', transports: expect.any(Array) };
  for (const begun of [known, unknown]) {
    const allowCredentials = begun.options.allowCredentials.map(() => credential);
    expect(allowCredentials).not.toEqual([]);
    expect(shapeOf(begun)).toEqual({ ...shapeOf(known), allowCredentials });
    for (const { transports } of begun.options.allowCredentials) {
      expect(transports).toEqual(transports.toSorted());
    }
  }
  expect(again.options.allowCredentials).toEqual(unknown.options.allowCredentials);
});

test('who answers for a name that nobody has, with the passkey that was shown, is refused alike', async () => {
  const { ceremony, options } = await begin('nobody_lola');
  const decoy = options.allowCredentials[0]?.id ?? '';
  const forger = createSoftwareAuthenticator({ origin: core.auth.origins[0] ?? '', algorithms: ['ES256'] });
  const creation = (await beginRegistration(core, anonymousCall, { handle: 'lola', displayName: 'Lola' }))
    .options;
  await forger.create(creation, { credentialId: decoy });
  const response = await forger.get(options);
  expect(await refusalOf(finishSignIn(core, anonymousCall, { ceremony, response, ...place }))).toEqual(
    refused,
  );
  expect(logged).toEqual(['the passkey is unknown']);
});

test('the ceremony of a registration is none of a sign-in', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'musa');
  const { ceremony, options } = await beginRegistration(core, anonymousCall, {
    handle: 'musa_2',
    displayName: 'Musa',
  });
  const response = await authenticator.get({ challenge: options.challenge, rpId: options.rp.id });
  const answer = finishSignIn(core, anonymousCall, { ceremony, response, ...place });
  expect(await refusalOf(answer)).toEqual(refused);
});

test('a suspended person does not sign in and is not told why', async () => {
  const authenticator = makeAuthenticator(core);
  const { user } = await register(core, authenticator, 'ngozi');
  const suspend = (at: Date | null) =>
    core.db.updateTable('users').set({ suspended_at: at }).where('id', '=', user.userId).execute();
  await suspend(new Date());
  expect(await refusalOf(signIn(core, authenticator, { handle: 'ngozi' }))).toEqual(refused);
  expect(await refusalOf(signIn(core, authenticator))).toEqual(refused);
  expect(logged).toEqual(['the person is suspended', 'the person is suspended']);
  await suspend(null);
  await signIn(core, authenticator, { handle: 'ngozi' });
});
