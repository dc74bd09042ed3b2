import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import type { Deviations } from '@errand-dash/software-authenticator';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ceremonyIdOf, registrationOptions } from '../auth/index.ts';
import { makeAuthenticator } from '../auth/testing/passkey-person.ts';
import { defaultPolicy } from '../policy.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson } from '../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import { type Answer, type CeremonyKind, ceremonyKinds, type Started } from './testing/ceremony-kinds.ts';

const ourOrigin = 'https://app.errand.example';

let database: TestDatabase;
let core: TestCore;
let ada: SigningPerson;
let bayo: SigningPerson;
let victim: SigningPerson;
let reasons: unknown[];

beforeAll(async () => {
  database = await createTestDatabase();
  // The clock is moved on between the begin and the end of a sign-in that has to be fresh.
  const waysIn = { ...defaultPolicy.waysIn, freshSessionSeconds: 86_400 };
  core = createTestCore(database.db, { policy: { waysIn } });
  core.log = (_level, _message, fields) => void reasons.push(fields?.reason);
  ada = await makeSigningPerson(core, 'demo_ada', { hasCounter: true });
  bayo = await makeSigningPerson(core, 'demo_bayo');
  victim = await makeSigningPerson(core, 'demo_victim', { hasCounter: true });
  reasons = [];
  for (const kind of ceremonyKinds.filter(({ code }) => code === 'SIGN_IN_REFUSED')) {
    for (const person of [ada, victim]) await finish(await kind.begin(core, person));
  }
});
afterAll(() => database.drop());
beforeEach(() => {
  reasons = [];
});

/** Who signs in has a counter, by which a copy is found out; who signs several times at once has none. */
const begin = (kind: CeremonyKind) => kind.begin(core, kind.name === 'adding a passkey' ? bayo : ada);

/** Hands the right answer in. */
async function finish(started: Started): Promise<unknown> {
  return (await started.prepare(await started.answer()))();
}

async function countAll(): Promise<unknown> {
  const { rows } = await sql`select
    (select count(*)::int from users) as users, (select count(*)::int from user_data_keys) as data_keys,
    (select count(*)::int from passkeys) as passkeys, (select count(*)::int from sessions) as sessions,
    (select count(*)::int from refresh_tokens) as tokens,
    (select count(*)::int from events) as events`.execute(core.db);
  return rows[0];
}

const isSpent = async ({ ceremony }: Started): Promise<boolean> => {
  const spent = core.db.selectFrom('spent_ceremonies').where('id', '=', ceremonyIdOf(ceremony)).select('id');
  return (await spent.executeTakeFirst()) !== undefined;
};

/** Whatever is wrong: the same answer with no detail, the reason in the log alone, and nothing made. */
async function expectRefused(
  { code }: CeremonyKind,
  handIn: () => Promise<unknown>,
  reason: RegExp,
): Promise<void> {
  const before = await countAll();
  const audited = await countAudited(code);
  reasons = [];
  expect(await refusalOf(handIn())).toEqual({ isRefusal: true, code, details: {} });
  expect(reasons).toEqual([expect.stringMatching(reason)]);
  expect(await countAll()).toEqual(before);
  expect(await countAudited(code)).toBe(audited + 1);
}

async function countAudited(code: string): Promise<number> {
  const entries = await core.db
    .selectFrom('audit_entries')
    .select('id')
    .where('outcome', '=', code)
    .execute();
  return entries.length;
}

/** What an attacker does with a ceremony that has begun. It gives what hands his answer in. */
type Attack = (started: Started, kind: CeremonyKind) => Promise<() => Promise<unknown>>;

const deviating =
  (deviations: Deviations | (() => Deviations)): Attack =>
  async (started) => {
    const given = typeof deviations === 'function' ? deviations() : deviations;
    return started.prepare(await started.answer(given));
  };

const swapped: Attack = async (started) => {
  const id = credentialOf(victim);
  return started.prepare({ ...(await started.answer()), id, rawId: id });
};

const answeredForAnother: Attack = async (started, kind) => {
  const another = await begin(kind);
  return started.prepare(await another.answer());
};

const answeredForVictim: Attack = async (started, kind) => {
  const another = await kind.begin(core, victim);
  return started.prepare(await another.answer());
};

const expired: Attack = async (started) => {
  const answer = await started.answer();
  // A signature over it is asked for later, and lives longer.
  await moveClock(database.owner, 60);
  const handIn = await started.prepare(answer);
  await moveClock(database.owner, 60);
  return handIn;
};

/** An answer of the other kind to this challenge, with all that the other kind has. */
const ofOtherKind: Attack = async (started, kind) => {
  const { challenge } = started;
  const { rpId } = core.auth;
  if (kind.code === 'SIGN_IN_REFUSED') {
    const person = { userId: ada.userId, handle: 'demo_ada', displayName: 'Demo' };
    const options = registrationOptions(core.auth, person, Buffer.from(challenge, 'base64url'), 120);
    const made = await makeAuthenticator(core).create(options, { credentialId: credentialOf(ada) });
    const { attestationObject, clientDataJSON, authenticatorData } = made.response;
    const response = { clientDataJSON, authenticatorData, attestationObject, signature: attestationObject };
    return started.prepare({ ...made, response });
  }
  const made = await ada.authenticator.get({ challenge, rpId });
  const response = { ...made.response, attestationObject: made.response.authenticatorData };
  return started.prepare({ ...made, response });
};

const credentialOf = ({ authenticator }: SigningPerson): string =>
  authenticator.export()[0]?.credentialId ?? '';

type Applies = (kind: CeremonyKind) => boolean;
const always: Applies = () => true;
const signingIn: Applies = ({ code }) => code === 'SIGN_IN_REFUSED';
const making: Applies = ({ code }) => code === 'REGISTRATION_REFUSED';
const nameless: Applies = ({ name }) => name === 'sign-in without a name';

const spelt = (byte: number, length: number) => Buffer.alloc(length, byte).toString('base64url');

/** What is wrong, in which ceremonies, how it comes to be, and the reason that the log must then have. */
const table: readonly [string, Applies, Attack, RegExp][] = [
  ['another origin', always, deviating({ origin: 'https://evil.example' }), /origin/],
  ['an origin that ends in ours', always, deviating({ origin: 'https://evil-errand.example' }), /origin/],
  ['an origin that begins as ours', always, deviating({ origin: `${ourOrigin}.evil.example` }), /origin/],
  ['a subdomain', always, deviating({ origin: 'https://other.errand.example' }), /origin/],
  ['http', always, deviating({ origin: ourOrigin.replace('https', 'http') }), /origin/],
  ['another port', always, deviating({ origin: `${ourOrigin}:8443` }), /origin/],
  ['another relying party', always, deviating({ rpId: 'evil.example' }), /RP ID/],
  ["a subdomain's relying party", always, deviating({ rpId: 'app.errand.example' }), /RP ID/],
  ['a frame of another site', always, deviating({ crossOrigin: true }), /cross-origin/],
  [
    'a frame whose top is named',
    always,
    deviating({ crossOrigin: true, topOrigin: ourOrigin }),
    /cross-origin/,
  ],
  ['a top origin alone', always, deviating({ topOrigin: ourOrigin }), /top origin/],
  ['no user verification', always, deviating({ isUserVerified: false }), /not be verified/],
  ['no user presence', always, deviating({ isUserPresent: false }), /not present/],
  ['a challenge that never was', always, deviating({ challenge: spelt(0, 32) }), /challenge/],
  ['the challenge of another ceremony', always, answeredForAnother, /challenge/],
  ["the challenge of another person's", always, answeredForVictim, /challenge|another passkey/],
  ['a challenge that has expired', always, expired, /expired/],
  ["another's credential id over it", always, swapped, /another (id|passkey|person)/],
  ['the type of a registration', signingIn, deviating({ type: 'webauthn.create' }), /response type/],
  ['the type of a sign-in', making, deviating({ type: 'webauthn.get' }), /response type/],
  ['an answer of the other kind', always, ofOtherKind, /decoded|not DER/],
  ['a forged user handle', signingIn, deviating({ userHandle: spelt(7, 16) }), /user handle/],
  ['no user handle', nameless, deviating({ userHandle: null }), /user handle/],
  ['a counter that goes back', signingIn, deviating({ counter: 1 }), /counter/],
  ['a counter that says 0 again', signingIn, deviating({ counter: 0 }), /counter/],
  ['backup eligibility gone', signingIn, deviating({ isBackupEligible: false, isBackedUp: false }), /eligib/],
  ['backed up but not eligible', always, deviating({ isBackupEligible: false }), /back/i],
  [
    "another account's credential id",
    making,
    deviating(() => ({ credentialId: credentialOf(victim) })),
    /known/,
  ],
  ["one's own credential id", making, deviating(() => ({ credentialId: credentialOf(bayo) })), /known/],
  ['an id of 1024 bytes', making, deviating({ credentialId: spelt(1, 1024) }), /too long/],
];

const bytesOfCeremony = ({ ceremony }: Started) => Buffer.from(ceremony, 'base64url');

/** Texts that are none of our ceremonies, made of one that is. */
const notCeremonies: readonly [string, (started: Started, kind: CeremonyKind) => string | Promise<string>][] =
  [
    ['bytes of chance', (started) => randomBytes(bytesOfCeremony(started).length).toString('base64url')],
    ['what is too short for one', () => spelt(1, 16)],
    ['an id and nothing else', (started) => bytesOfCeremony(started).subarray(0, 16).toString('base64url')],
    ['one that is cut', (started) => bytesOfCeremony(started).subarray(0, -1).toString('base64url')],
    [
      'one with more behind it',
      (started) => Buffer.concat([bytesOfCeremony(started), Buffer.alloc(1)]).toString('base64url'),
    ],
    [
      'what is sealed in one under the id of another',
      async (started, kind) => {
        const id = bytesOfCeremony(await begin(kind)).subarray(0, 16);
        return Buffer.concat([id, bytesOfCeremony(started).subarray(16)]).toString('base64url');
      },
    ],
    [
      'one of a server with other keys',
      async (_started, kind) => {
        const wrapping = [{ id: core.keyring.wrapping[0].id, key: randomBytes(32) }] as const;
        const elsewhere = { ...core, keyring: { ...core.keyring, wrapping } };
        return (await kind.begin(elsewhere, kind.name === 'adding a passkey' ? bayo : ada)).ceremony;
      },
    ],
  ];

describe.each(ceremonyKinds)('$name', (kind) => {
  test('with nothing wrong is accepted', async () => {
    await finish(await begin(kind));
    expect(reasons).toEqual([]);
  });

  test.each(table.filter(([, applies]) => applies(kind)))(
    'with %s is refused, and its challenge is spent',
    async (_, _applies, attack, reason) => {
      const started = await begin(kind);
      await expectRefused(kind, await attack(started, kind), reason);
      expect(await isSpent(started)).toBe(true);
      await expectRefused(kind, await started.prepare(await started.answer()), /no such ceremony/);
    },
  );

  test('is good once', async () => {
    const started = await begin(kind);
    const answer = await started.answer();
    await (await started.prepare(answer))();
    await expectRefused(kind, await started.prepare(answer), /no such ceremony/);
  });

  test('is good once of eight at once', async () => {
    const started = await begin(kind);
    const answer = await started.answer();
    const prepared: (() => Promise<unknown>)[] = [];
    for (let count = 0; count < 8; count += 1) prepared.push(await started.prepare(answer));
    const codes = await codesOf(prepared.map((handIn) => handIn()));
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === kind.code)).toHaveLength(7);
  });

  test('does not take the ceremony of another kind', async () => {
    for (const other of ceremonyKinds.filter(({ parts }) => parts !== kind.parts)) {
      const [started, foreign] = [await begin(kind), await begin(other)];
      if (isSamePurpose(kind, other)) continue;
      const answer = await started.answer({ challenge: foreign.challenge });
      await expectRefused(kind, await started.prepare(answer, foreign.ceremony), /no such ceremony/);
      expect(await isSpent(foreign)).toBe(false);
    }
  });

  test.each(notCeremonies)('does not take %s for a ceremony', async (_, makeAnother) => {
    const started = await begin(kind);
    const another = await makeAnother(started, kind);
    await expectRefused(kind, await started.prepare(await started.answer(), another), /no such ceremony/);
    // Nor does it use up the right one.
    expect(await isSpent(started)).toBe(false);
    await finish(started);
  });

  test.each(kind.parts)(
    'with any byte of %s altered is refused',
    async (part) => {
      const { response } = await (await begin(kind)).answer();
      const { length } = bytesOf(response, part);
      const before = await countAll();
      const indexes = Array.from({ length }, (_, index) => index);
      while (indexes.length > 0) {
        await Promise.all(
          indexes.splice(0, 6).map(async (index) => {
            const started = await begin(kind);
            const answer = altered(await started.answer(), part, index);
            if (answer === null) return;
            const refusal = await refusalOf((await started.prepare(answer))());
            expect([index, refusal.code]).toEqual([index, kind.code]);
            expect(await isSpent(started)).toBe(true);
          }),
        );
      }
      expect(await countAll()).toEqual(before);
    },
    120_000,
  );
});

const isSamePurpose = (kind: CeremonyKind, other: CeremonyKind): boolean =>
  kind.code === 'SIGN_IN_REFUSED' && kind.code === other.code;

const bytesOf = (response: object, part: string): Buffer =>
  Buffer.from(String((response as Record<string, unknown>)[part]), 'base64url');

/** With one byte turned, or null for one that nothing vouches for where the attestation is "none". */
function altered(answer: Answer, part: string, index: number): Answer | null {
  const bytes = bytesOf(answer.response, part);
  if (index >= bytes.length) return null;
  if (part === 'attestationObject') {
    const place = index - (bytes.indexOf('authData') + 'authData'.length + 2);
    // The counter and the model: the server trusts neither.
    if (place >= 33 && place < 53) return null;
  }
  if (part === 'clientDataJSON' && 'attestationObject' in answer.response) {
    const place = index - bytes.indexOf('crossOrigin');
    // What does not say that it was cross-origin was not.
    if (place >= 0 && place < 'crossOrigin'.length) return null;
  }
  bytes.writeUInt8(bytes.readUInt8(index) ^ (part === 'clientDataJSON' ? 0x1f : 0xff), index);
  const response = { ...answer.response, [part]: bytes.toString('base64url') };
  return { ...answer, response } as Answer;
}

describe('a suspended person', () => {
  const suspend = (at: Date | null) =>
    core.db
      .updateTable('users')
      .set({ suspended_at: at })
      .where('id', 'in', [ada.userId, bayo.userId])
      .execute();
  afterEach(() => suspend(null));

  test.each(ceremonyKinds.filter(signingIn))('is refused a $name like anybody', async (kind) => {
    const started = await begin(kind);
    await suspend(new Date());
    await expectRefused(kind, await started.prepare(await started.answer()), /suspended/);
    expect(await isSpent(started)).toBe(true);
    await suspend(null);
    await finish(await begin(kind));
  });

  test.each(ceremonyKinds.filter(({ name }) => name === 'adding a passkey'))(
    'is refused $name',
    async (kind) => {
      const started = await begin(kind);
      const handIn = await started.prepare(await started.answer());
      await suspend(new Date());
      const before = await countAll();
      expect(await refusalOf(handIn())).toMatchObject({ code: 'USER_SUSPENDED' });
      expect(await refusalOf(begin(kind))).toMatchObject({ code: 'USER_SUSPENDED' });
      expect(await countAll()).toEqual(before);
      await suspend(null);
    },
  );
});
