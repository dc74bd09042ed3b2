import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn } from '../../auth/testing/passkey-person.ts';
import { blindIndex, makeDataKey, seal } from '../../sealing.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { pruneWaysIn } from '../prune-ways-in.sweep.ts';
import {
  codeOf,
  device,
  makePasswordPerson,
  makeTotpPerson,
  tryCode,
  tryPassword,
  turnPasswordsOn,
  wrongCode,
} from '../testing/ways-in-person.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  turnPasswordsOn(core);
});
afterAll(() => database.drop());

const refused = { isRefusal: true, code: 'PASSWORD_SIGN_IN_REFUSED', details: {} };
const wrong = { password: 'a wrong pass phrase' };
let networks = 0;
/** A device and a network that nobody has used. */
const stranger = () => {
  networks += 1;
  return { deviceId: `demo-stranger-device-${networks}`, networkAddress: `203.0.113.${networks}` };
};

async function giveEmail(userId: string, email: string, isVerified = true): Promise<void> {
  const { dataKey } = makeDataKey(core.keyring, userId, core.random);
  const place = { table: 'users', row: userId, column: 'email_sealed' };
  await core.db
    .updateTable('users')
    .set({
      email_sealed: seal(dataKey, place, email, core.random),
      email_index: blindIndex(core.keyring, 'users.email_index', email),
      email_verified_at: isVerified ? new Date() : null,
    })
    .where('id', '=', userId)
    .execute();
}

test('a right password signs nobody in: it asks for a second factor, which does', async () => {
  const ada = await makePasswordPerson(core, database, 'ada');
  const before = await core.db.selectFrom('sessions').select('id').execute();
  const asked = await tryPassword(core, { name: 'ada' });
  expect(asked).toEqual({
    secondFactorId: expect.any(String),
    kinds: ['totp'],
    triesLeft: 5,
    expiresAt: expect.any(Date),
  });
  expect(await core.db.selectFrom('sessions').select('id').execute()).toEqual(before);
  const code = await codeOf(database, ada.secret);
  const { user, tokens } = await tryCode(core, asked.secondFactorId, code);
  expect(user).toMatchObject({ userId: ada.userId, handle: 'ada' });
  const session = await core.db
    .selectFrom('sessions')
    .where('id', '=', tokens.sessionId)
    .select(['user_id', 'passkey_id'])
    .executeTakeFirstOrThrow();
  expect(session).toEqual({ user_id: ada.userId, passkey_id: null });
  const again = await codeOf(database, ada.secret, 1);
  expect((await refusalOf(tryCode(core, asked.secondFactorId, again))).code).toBe('CODE_SPENT');
});

test('a verified email address is a name, however it is written', async () => {
  const bola = await makePasswordPerson(core, database, 'bola');
  await giveEmail(bola.userId, 'bola@mail.example');
  for (const name of ['bola@mail.example', ' Bola@Mail.Example ']) await tryPassword(core, { name });
});

test('who is unknown, without a password, suspended or wrong are one refusal, and all of them are verified', async () => {
  const verified: (string | null)[] = [];
  const { waysIn } = core;
  const hasher = waysIn.passwords?.hasher;
  if (hasher === undefined) throw new Error('passwords are off');
  const chidi = await makePasswordPerson(core, database, 'chidi');
  await makeTotpPerson(core, database, 'chidi_without');
  const suspended = await makePasswordPerson(core, database, 'chidi_suspended');
  await core.db
    .updateTable('users')
    .set({ suspended_at: new Date() })
    .where('id', '=', suspended.userId)
    .execute();
  core.waysIn = {
    ...waysIn,
    passwords: {
      breachedFile: null,
      hasher: {
        ...hasher,
        verify: (phc, password) => {
          verified.push(phc === null ? null : 'a hash');
          return hasher.verify(phc, password);
        },
      },
    },
  };
  try {
    for (const given of [
      { name: 'chidi', ...wrong },
      { name: 'nobody_here' },
      { name: 'nobody@mail.example' },
      { name: 'chidi_without' },
      { name: 'chidi_suspended' },
      { name: 'Not a handle at all; drop table users' },
    ]) {
      expect(await refusalOf(tryPassword(core, { ...stranger(), ...given }))).toEqual(refused);
    }
    expect(verified).toEqual(['a hash', null, null, null, 'a hash', null]);
  } finally {
    core.waysIn = waysIn;
  }
  expect(chidi.userId).not.toBe(suspended.userId);
});

test('of a hundred wrong passwords at once five are tried, and the place then waits out its window', async () => {
  await makePasswordPerson(core, database, 'dayo');
  const place = stranger();
  const attempts = Array.from({ length: 100 }, () => tryPassword(core, { name: 'dayo', ...place, ...wrong }));
  const codes = await codesOf(attempts);
  expect(codes.filter((code) => code === 'PASSWORD_SIGN_IN_REFUSED')).toHaveLength(5);
  expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(95);
  const refusal = await refusalOf(tryPassword(core, { name: 'dayo', ...place }));
  expect(refusal).toMatchObject({ code: 'RATE_LIMITED' });
  await moveClock(database.owner, 900);
  await tryPassword(core, { name: 'dayo', ...place });
});

test('a stranger keeps nobody out: neither in another network, nor at a known device in the same', async () => {
  const efe = await makePasswordPerson(core, database, 'efe');
  const place = stranger();
  for (let count = 0; count < 6; count += 1) {
    await refusalOf(tryPassword(core, { name: 'efe', ...place, ...wrong }));
  }
  expect((await refusalOf(tryPassword(core, { name: 'efe', ...place }))).code).toBe('RATE_LIMITED');
  // A device from which he signed in, in the stranger's own network; a new device elsewhere; a passkey anywhere.
  await tryPassword(core, { name: 'efe', ...device, networkAddress: place.networkAddress });
  await tryPassword(core, { name: 'efe', ...stranger() });
  await signIn(core, efe.authenticator, { handle: 'efe' });
});

test('an unknown name is counted like a known one', async () => {
  const place = stranger();
  const codes: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    codes.push((await refusalOf(tryPassword(core, { name: 'nobody_at_all', ...place }))).code);
  }
  expect(codes).toEqual([...Array.from({ length: 5 }, () => refused.code), 'RATE_LIMITED']);
});

test('many addresses of one IPv6 network are one place', async () => {
  await makePasswordPerson(core, database, 'femi');
  const codes: string[] = [];
  for (let count = 1; count <= 6; count += 1) {
    const given = { ...stranger(), ...wrong, networkAddress: `2001:db8:9:9::${count}` };
    codes.push((await refusalOf(tryPassword(core, { name: 'femi', ...given }))).code);
  }
  expect(codes.at(-1)).toBe('RATE_LIMITED');
});

test('a right password forgets the wrong ones before it', async () => {
  await makePasswordPerson(core, database, 'gbenga');
  const place = stranger();
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 4; count += 1) {
      await refusalOf(tryPassword(core, { name: 'gbenga', ...place, ...wrong }));
    }
    await tryPassword(core, { name: 'gbenga', ...place });
  }
});

test('of a hundred wrong codes at once five are counted, the challenge is spent, and the person is told once', async () => {
  const hauwa = await makePasswordPerson(core, database, 'hauwa');
  const { secondFactorId } = await tryPassword(core, { name: 'hauwa' });
  const code = await wrongCode(database, hauwa.secret);
  const codes = await codesOf(Array.from({ length: 100 }, () => tryCode(core, secondFactorId, code)));
  expect(codes.filter((one) => one === 'CODE_WRONG')).toHaveLength(5);
  expect(codes.filter((one) => one === 'CODE_SPENT')).toHaveLength(95);
  const right = await codeOf(database, hauwa.secret);
  expect((await refusalOf(tryCode(core, secondFactorId, right))).code).toBe('CODE_SPENT');
  const told = await core.db
    .selectFrom('events')
    .where('name', '=', 'user.second_factor_refused')
    .where('subject_id', '=', hauwa.userId)
    .select('audience')
    .execute();
  expect(told).toEqual([{ audience: [hauwa.userId] }]);
});

test('wrong codes are counted over all challenges of a person, for an hour; a passkey signs in meanwhile', async () => {
  const ife = await makePasswordPerson(core, database, 'ife');
  const code = await wrongCode(database, ife.secret);
  for (let round = 0; round < 4; round += 1) {
    const { secondFactorId } = await tryPassword(core, { name: 'ife' });
    await codesOf(Array.from({ length: 5 }, () => tryCode(core, secondFactorId, code)));
  }
  const { secondFactorId } = await tryPassword(core, { name: 'ife' });
  const right = await codeOf(database, ife.secret);
  expect(await refusalOf(tryCode(core, secondFactorId, right))).toMatchObject({ code: 'RATE_LIMITED' });
  await signIn(core, ife.authenticator, { handle: 'ife' });
  await moveClock(database.owner, 3600);
  const later = await tryPassword(core, { name: 'ife' });
  await tryCode(core, later.secondFactorId, await codeOf(database, ife.secret));
});

test('a challenge is good for five minutes, at the device that began it, for its own person', async () => {
  const jide = await makePasswordPerson(core, database, 'jide');
  const kemi = await makePasswordPerson(core, database, 'kemi');
  const begin = async () => (await tryPassword(core, { name: 'jide' })).secondFactorId;
  const code = await codeOf(database, jide.secret);
  const elsewhere = tryCode(core, await begin(), code, { deviceId: 'another-demo-device-0000' });
  expect((await refusalOf(elsewhere)).code).toBe('CODE_SPENT');
  const foreign = tryCode(core, await begin(), await codeOf(database, kemi.secret));
  expect((await refusalOf(foreign)).code).toBe('CODE_WRONG');
  const [late, intime] = [await begin(), await begin()];
  await moveClock(database.owner, 290);
  await tryCode(core, intime, await codeOf(database, jide.secret));
  await moveClock(database.owner, 60);
  const right = await codeOf(database, jide.secret);
  expect((await refusalOf(tryCode(core, late, right))).code).toBe('CODE_SPENT');
});

test('who is suspended between the two steps is not let in', async () => {
  const lara = await makePasswordPerson(core, database, 'lara');
  const { secondFactorId } = await tryPassword(core, { name: 'lara' });
  await core.db
    .updateTable('users')
    .set({ suspended_at: new Date() })
    .where('id', '=', lara.userId)
    .execute();
  const code = await codeOf(database, lara.secret);
  expect((await refusalOf(tryCode(core, secondFactorId, code))).code).toBe('CODE_SPENT');
});

test('a challenge that never was is refused like a spent one', async () => {
  const answer = tryCode(core, '018f3c5a-0000-7000-8000-000000000001', '000000');
  expect(await refusalOf(answer)).toEqual({ isRefusal: true, code: 'CODE_SPENT', details: {} });
});

test('tries and challenges past their time go, and those that count stay', async () => {
  await moveClock(database.owner, 7200);
  const place = stranger();
  await refusalOf(tryPassword(core, { name: 'ada', ...place, ...wrong }));
  while ((await pruneWaysIn(core, 3)) > 0);
  const left = await Promise.all(
    (['password_tries', 'second_factor_challenges', 'identity_ceremonies'] as const).map(
      async (table) =>
        (
          await core.db
            .selectFrom(table)
            .select(({ fn }) => fn.countAll().as('count'))
            .execute()
        )[0],
    ),
  );
  expect(left).toEqual([{ count: 1n }, { count: 0n }, { count: 0n }]);
});
