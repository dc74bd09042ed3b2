import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymousCall, deviceId, makeAuthenticator } from '../auth/testing/passkey-person.ts';
import { sendMessages } from '../messages/index.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { sentCode } from '../testing/sent-code.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import { confirmVerification, startVerification } from '../users/index.ts';
import {
  askForCodes,
  beginRecovery,
  finishRecovery,
  makeRecoveryCodes,
  type ProveRecovery,
  proveRecovery,
} from './index.ts';
import {
  begin,
  finish,
  makeCodes,
  makeRecoverablePerson,
  networkAddress,
  type RecoverablePerson,
  readContactCodes,
  recover,
} from './testing/recovering-person.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const prove = (input: ProveRecovery) => proveRecovery(core, anonymousCall, input);
const wrongOf = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const someCode = 'AAAA-BBBB-CCCC-DDDD';

async function withCodes(): Promise<RecoverablePerson & { codes: string[] }> {
  const person = await makeRecoverablePerson(core);
  return { ...person, codes: (await makeCodes(core, person)).codes };
}

describe('a wrong proof', () => {
  test.each([
    ['a recovery code', async () => ({ recoveryCode: someCode })],
    ['contacts', async () => ({ phoneCode: '000000', emailCode: '000000' })],
  ])(
    'by %s is counted, of a hundred at once five, and then the right one is worth nothing',
    async (_, guess) => {
      const person = await withCodes();
      const recoveryId = await begin(core, person.handle);
      const wrong = { recoveryId, ...(await guess()) };
      const codes = await codesOf(Array.from({ length: 100 }, () => prove(wrong)));
      expect(codes.filter((each) => each === 'CODE_WRONG')).toHaveLength(5);
      expect(codes.filter((each) => each === 'CODE_SPENT')).toHaveLength(95);
      const [recoveryCode = ''] = person.codes;
      expect(await refusalOf(prove({ recoveryId, recoveryCode }))).toMatchObject({ code: 'CODE_SPENT' });
      // That attempt has not spent the code.
      await recover(core, person.handle, recoveryCode);
    },
  );

  test('is in the audit log with whose account it was tried at, as is all else of a recovery', async () => {
    const person = await withCodes();
    const recoveryId = await begin(core, person.handle);
    await askForCodes(core, anonymousCall, { recoveryId, networkAddress });
    await refusalOf(prove({ recoveryId, recoveryCode: someCode }));
    const proven = await prove({ recoveryId, recoveryCode: person.codes[0] ?? '' });
    await sql`update recoveries set challenge_expires_at = created_at where id = ${recoveryId}`.execute(
      database.owner,
    );
    await refusalOf(finish(core, recoveryId, proven));
    await sql`update recoveries set tries_left = 0 where id = ${recoveryId}`.execute(database.owner);
    await refusalOf(prove({ recoveryId, recoveryCode: someCode }));
    const entries = await core.db
      .selectFrom('audit_entries')
      .where(sql<boolean>`${`recovery ${recoveryId}`} = any(subjects)`)
      .orderBy('id')
      .select(['name', 'outcome', 'subjects', 'data'])
      .execute();
    const subjects = [`recovery ${recoveryId}`, `user ${person.userId}`];
    const tried = { events: [], factor: 'recovery_code', triesLeft: 4 };
    const late = { events: [], reason: 'no such challenge' };
    const nothing = { events: [] };
    const over = { events: [], state: 'proven', triesLeft: 0 };
    expect(entries).toEqual([
      { name: 'recovery.begin', outcome: 'done', subjects, data: nothing },
      { name: 'recovery.sendCodes', outcome: 'done', subjects, data: nothing },
      { name: 'recovery.prove', outcome: 'CODE_WRONG', subjects, data: tried },
      { name: 'recovery.prove', outcome: 'done', subjects, data: tried },
      { name: 'recovery.finish', outcome: 'RECOVERY_REFUSED', subjects, data: late },
      { name: 'recovery.prove', outcome: 'CODE_SPENT', subjects, data: over },
    ]);
  });

  test('tells how many tries are left, and not which of the two codes was wrong', async () => {
    const person = await makeRecoverablePerson(core);
    const recoveryId = await begin(core, person.handle);
    const { phoneCode, emailCode } = await readContactCodes(core, recoveryId, person);
    const wrong = (triesLeft: number) => ({ isRefusal: true, code: 'CODE_WRONG', details: { triesLeft } });
    const guesses = [
      { phoneCode, emailCode: wrongOf(emailCode) },
      { phoneCode: wrongOf(phoneCode), emailCode },
      { phoneCode: wrongOf(phoneCode), emailCode: wrongOf(emailCode) },
    ];
    for (const [place, guess] of guesses.entries()) {
      expect(await refusalOf(prove({ recoveryId, ...guess }))).toEqual(wrong(4 - place));
    }
    if (phoneCode !== emailCode) {
      const swapped = { phoneCode: emailCode, emailCode: phoneCode };
      expect(await refusalOf(prove({ recoveryId, ...swapped }))).toEqual(wrong(1));
    }
    await prove({ recoveryId, phoneCode, emailCode });
  });

  test('is one by codes that were sent for something else, or for another recovery', async () => {
    const person = await makeRecoverablePerson(core);
    const stranger = await makeRecoverablePerson(core);
    const [mine, other, foreign] = [
      await begin(core, person.handle),
      await begin(core, person.handle),
      await begin(core, stranger.handle),
    ];
    const verifying = { channel: 'phone', contact: person.phone } as const;
    await startVerification(core, person.call(), verifying);
    const verifyCode = await sentCode(core, person.phone);
    const otherCodes = await readContactCodes(core, other, person);
    const foreignCodes = await readContactCodes(core, foreign, stranger);
    const codes = await readContactCodes(core, mine, person);
    for (const given of [otherCodes, foreignCodes, { ...codes, phoneCode: verifyCode }]) {
      if (given.phoneCode === codes.phoneCode && given.emailCode === codes.emailCode) continue;
      expect(await refusalOf(prove({ recoveryId: mine, ...given }))).toMatchObject({ code: 'CODE_WRONG' });
    }
    await prove({ recoveryId: mine, ...codes });
  });

  test("is one by another person's recovery code, which stays good for him", async () => {
    const [person, stranger] = [await withCodes(), await withCodes()];
    const [recoveryCode = ''] = stranger.codes;
    const recoveryId = await begin(core, person.handle);
    expect(await refusalOf(prove({ recoveryId, recoveryCode }))).toMatchObject({ code: 'CODE_WRONG' });
    await recover(core, stranger.handle, recoveryCode);
  });

  test('is one by a recovery code that was spent', async () => {
    const person = await withCodes();
    const [recoveryCode = ''] = person.codes;
    await recover(core, person.handle, recoveryCode);
    const recoveryId = await begin(core, person.handle);
    expect(await refusalOf(prove({ recoveryId, recoveryCode }))).toMatchObject({ code: 'CODE_WRONG' });
  });

  test('is one by codes that went to an address which has changed since', async () => {
    const person = await makeRecoverablePerson(core);
    const recoveryId = await begin(core, person.handle);
    const codes = await readContactCodes(core, recoveryId, person);
    await sql`update users set email_index = ${Buffer.alloc(32, 7)} where id = ${person.userId}`.execute(
      core.db,
    );
    expect(await refusalOf(prove({ recoveryId, ...codes }))).toMatchObject({ code: 'CODE_WRONG' });
  });
});

test('who has but a session of another’s does not come back as him by a phone and an address of his own', async () => {
  const person = await makeRecoverablePerson(core);
  const own = { phone: '+2348041299999', email: 'thief@mail.example' };
  for (const channel of ['phone', 'email'] as const) {
    const contact = own[channel];
    const { verificationId } = await startVerification(core, person.call(), { channel, contact });
    const code = await sentCode(core, contact);
    await confirmVerification(core, person.call(), { channel, verificationId, code });
    await sendMessages(core, 100);
    const told = core.sent.findLast(({ to }) => to === person[channel]);
    expect(told?.text).toContain('no longer');
    expect(told?.text).not.toContain(contact);
  }
  const sentTo = () => core.sent.filter(({ to }) => to === own.phone || to === own.email).length;
  const before = sentTo();
  const ask = async () => {
    await askForCodes(core, anonymousCall, { recoveryId: await begin(core, person.handle), networkAddress });
    await makeRecoveryCodes(core, 100);
    await sendMessages(core, 100);
    return sentTo() - before;
  };
  expect(await ask()).toBe(0);
  await moveClock(database.owner, 86_390);
  expect(await ask()).toBe(0);
  await moveClock(database.owner, 10);
  expect(await ask()).toBe(2);
});

test.each(['phone', 'email'] as const)(
  'a recovery that the earlier contacts proved is of no use once the %s is another',
  async (channel) => {
    const person = await makeRecoverablePerson(core);
    const recoveryId = await begin(core, person.handle);
    const proven = await prove({ recoveryId, ...(await readContactCodes(core, recoveryId, person)) });
    const contact = { phone: '+2348041288802', email: 'another@mail.example' }[channel];
    const { verificationId } = await startVerification(core, person.call(), { channel, contact });
    const code = await sentCode(core, contact);
    await confirmVerification(core, person.call(), { channel, verificationId, code });
    expect(await refusalOf(finish(core, recoveryId, proven))).toMatchObject({ code: 'RECOVERY_REFUSED' });
  },
);

describe('nobody learns who has an account', () => {
  const unknown = 'nobody_has_this';

  async function suspended(): Promise<string> {
    const person = await withCodes();
    await sql`update users set suspended_at = now() where id = ${person.userId}`.execute(database.owner);
    return person.handle;
  }

  /** What all of it answers, with the ids and instants of this time taken out. */
  async function answersOf(handle: string): Promise<string> {
    const begun = await beginRecovery(core, anonymousCall, { handle });
    const { recoveryId } = begun;
    const asked = await askForCodes(core, anonymousCall, { recoveryId, networkAddress });
    const again = await askForCodes(core, anonymousCall, { recoveryId, networkAddress });
    await makeRecoveryCodes(core, 100);
    expect(again).toEqual(asked);
    const refusals = [];
    for (const guess of [
      { recoveryCode: someCode },
      { phoneCode: '000000', emailCode: '000000' },
      { recoveryCode: someCode },
      { phoneCode: '000000', emailCode: '000000' },
      { recoveryCode: someCode },
      { recoveryCode: someCode },
    ]) {
      refusals.push(await refusalOf(prove({ recoveryId, ...guess })));
    }
    const { options } = await makeAuthenticatorOptions();
    const response = await makeAuthenticator(core).create(options);
    const place = { recoveryId, response, deviceId, userAgent: 'test', networkAddress: '' };
    refusals.push(await refusalOf(finishRecovery(core, anonymousCall, place)));
    await moveClock(database.owner, 1800);
    refusals.push(await refusalOf(askForCodes(core, anonymousCall, { recoveryId, networkAddress })));
    const lives = begun.expiresAt.getTime() - asked.expiresAt.getTime();
    // Begun and asked within a second of each other.
    expect(Math.abs(lives - 1_500_000)).toBeLessThan(10_000);
    return JSON.stringify([Object.keys(begun), begun.triesLeft, Object.keys(asked), refusals]);
  }

  /** Options that some recovery has answered, for an answer that belongs to none. */
  async function makeAuthenticatorOptions() {
    const person = await withCodes();
    const recoveryId = await begin(core, person.handle);
    return prove({ recoveryId, recoveryCode: person.codes[0] ?? '' });
  }

  test('a name that nobody has, a suspended person, and people with and without factors answer the same', async () => {
    const withFactors = await withCodes();
    const without = await makeRecoverablePerson(core);
    await sql`update users set email_sealed = null, email_index = null, email_verified_at = null
      where id = ${without.userId}`.execute(core.db);
    const known = await answersOf(withFactors.handle);
    for (const handle of [unknown, await suspended(), without.handle]) {
      expect(await answersOf(handle)).toBe(known);
    }
  });

  test('nothing is sent for a suspended person, nor where one of the two ways is missing', async () => {
    const person = await withCodes();
    const without = await makeRecoverablePerson(core);
    await sql`update users set suspended_at = now() where id = ${person.userId}`.execute(database.owner);
    await sql`update users set email_sealed = null, email_index = null, email_verified_at = null
      where id = ${without.userId}`.execute(core.db);
    const before = core.sent.length;
    for (const handle of [person.handle, without.handle, unknown]) {
      const recoveryId = await begin(core, handle);
      await askForCodes(core, anonymousCall, { recoveryId, networkAddress });
    }
    await makeRecoveryCodes(core, 100);
    expect(await sentCode(core, 'nobody')).toBe('');
    expect(core.sent).toHaveLength(before);
  });

  test('who is suspended after he proved himself gets no passkey', async () => {
    const person = await withCodes();
    const recoveryId = await begin(core, person.handle);
    const proven = await prove({ recoveryId, recoveryCode: person.codes[0] ?? '' });
    await sql`update users set suspended_at = now() where id = ${person.userId}`.execute(database.owner);
    expect(await refusalOf(finish(core, recoveryId, proven))).toMatchObject({ code: 'RECOVERY_REFUSED' });
    const again = prove({ recoveryId, recoveryCode: person.codes[0] ?? '' });
    expect(await refusalOf(again)).toMatchObject({ code: 'CODE_SPENT' });
  });
});
