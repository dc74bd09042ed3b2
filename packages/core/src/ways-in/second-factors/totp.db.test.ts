import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn } from '../../auth/testing/passkey-person.ts';
import { sendMessages } from '../../messages/index.ts';
import { makeRecoverablePerson } from '../../recovery/testing/recovering-person.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { getMyWaysIn } from '../get-ways-in.query.ts';
import { pruneWaysIn } from '../prune-ways-in.sweep.ts';
import {
  codeOf,
  makePasswordPerson,
  makeTotpPerson,
  readSecret,
  setDemoPassword,
  type TotpPerson,
  tryCode,
  tryPassword,
  turnPasswordsOn,
  wrongCode,
} from '../testing/ways-in-person.ts';
import { beginTotp } from './begin-totp.command.ts';
import { confirmTotp } from './confirm-totp.command.ts';
import { removeTotp, removeTotpByCode } from './remove-totp.command.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  turnPasswordsOn(core);
});
afterAll(() => database.drop());

const eventsOf = async (userId: string) =>
  (
    await core.db
      .selectFrom('events')
      .where('subject_id', '=', userId)
      .where('name', 'like', 'user.totp%')
      .orderBy('id')
      .select('name')
      .execute()
  ).map(({ name }) => name);

const stateOf = async (person: SigningPerson) => (await getMyWaysIn(core, person.call(), {})).totpConfirmedAt;

async function signedRemoval(person: SigningPerson) {
  const call = person.call();
  const approval = await signAction(core, person, call, { action: 'auth.removeTotp' });
  return removeTotp(core, call, { approval });
}

test('an authenticator app is set up by one of its codes, told of, and asks for it to be removed first', async () => {
  const person = await makeSigningPerson(core, 'ada');
  const begun = await beginTotp(core, person.call(), {});
  expect(begun.otpauthUrl).toContain(`secret=${begun.secret}`);
  expect(await stateOf(person)).toBeNull();
  const code = await codeOf(database, readSecret(begun.secret));
  const { totpConfirmedAt } = await confirmTotp(core, person.call(), { code });
  expect(await stateOf(person)).toEqual(totpConfirmedAt);
  expect(await eventsOf(person.userId)).toEqual(['user.totp_confirmed']);
  expect((await refusalOf(beginTotp(core, person.call(), {}))).code).toBe('TOTP_ENROLLED');
  expect((await refusalOf(confirmTotp(core, person.call(), { code }))).code).toBe('TOTP_ENROLLED');
});

test('the secret is sealed, and is in no stored answer', async () => {
  const person = await makeSigningPerson(core, 'bola');
  const { secret } = await beginTotp(core, person.call(), {});
  const row = await core.db
    .selectFrom('totp_factors')
    .where('user_id', '=', person.userId)
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(Buffer.from(row.secret_sealed).includes(Buffer.from(readSecret(secret)))).toBe(false);
  const commands = await core.db.selectFrom('commands').where('command', '=', 'auth.beginTotp').execute();
  expect(commands).toEqual([]);
});

test('a wrong code confirms nothing, and a second beginning ends the first', async () => {
  const person = await makeSigningPerson(core, 'chidi');
  const first = readSecret((await beginTotp(core, person.call(), {})).secret);
  const wrong = { code: await wrongCode(database, first) };
  expect(await refusalOf(confirmTotp(core, person.call(), wrong))).toMatchObject({
    code: 'CODE_WRONG',
    details: { triesLeft: 4 },
  });
  const second = readSecret((await beginTotp(core, person.call(), {})).secret);
  expect(second).not.toEqual(first);
  const old = { code: await codeOf(database, first) };
  expect((await refusalOf(confirmTotp(core, person.call(), old))).code).toBe('CODE_WRONG');
  await confirmTotp(core, person.call(), { code: await codeOf(database, second) });
});

test('after five wrong codes, or an hour, another app is to be begun', async () => {
  const person = await makeSigningPerson(core, 'chioma');
  const begin = async () => readSecret((await beginTotp(core, person.call(), {})).secret);
  const secret = await begin();
  const wrong = { code: await wrongCode(database, secret) };
  const codes = await codesOf(Array.from({ length: 20 }, () => confirmTotp(core, person.call(), wrong)));
  expect(codes.filter((code) => code === 'CODE_WRONG')).toHaveLength(5);
  expect(codes.filter((code) => code === 'CODE_SPENT')).toHaveLength(15);
  const right = { code: await codeOf(database, secret) };
  expect((await refusalOf(confirmTotp(core, person.call(), right))).code).toBe('CODE_SPENT');
  const other = await begin();
  await moveClock(database.owner, 3600);
  const late = { code: await codeOf(database, other) };
  expect((await refusalOf(confirmTotp(core, person.call(), late))).code).toBe('CODE_SPENT');
});

test('an app that nobody confirmed is forgotten after an hour, and a confirmed one is kept', async () => {
  const person = await makeSigningPerson(core, 'chuka');
  const kept = await makeTotpPerson(core, database, 'chuka_2');
  await beginTotp(core, person.call(), {});
  await moveClock(database.owner, 3590);
  const of = (userId: string) =>
    core.db.selectFrom('totp_factors').where('user_id', '=', userId).select('confirmed_at').execute();
  await pruneWaysIn(core, 100);
  expect(await of(person.userId)).toEqual([{ confirmed_at: null }]);
  await moveClock(database.owner, 10);
  await pruneWaysIn(core, 100);
  expect(await of(person.userId)).toEqual([]);
  expect(await of(kept.userId)).toEqual([{ confirmed_at: expect.any(Date) }]);
});

test('setting an app up and removing it sign all other devices out, and phone and email are told of it', async () => {
  const person = await makeRecoverablePerson(core);
  const { handle, userId } = person;
  await signIn(core, person.authenticator, { handle });
  const { secret } = await beginTotp(core, person.call(), {});
  await confirmTotp(core, person.call(), { code: await codeOf(database, readSecret(secret)) });
  await signIn(core, person.authenticator, { handle });
  await signedRemoval(person);
  const ended = await core.db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('ended_at', 'is not', null)
    .orderBy('id')
    .select('ended_reason as reason')
    .execute();
  expect(ended.map(({ reason }) => reason)).toEqual(['totp_confirmed', 'totp_removed']);
  expect(await stateOf(person)).toBeNull();
  await sendMessages(core, 100);
  for (const to of [person.phone, person.email]) {
    const told = core.sent.filter((sent) => sent.to === to && sent.text.includes('authenticator app'));
    expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('Not you?')]);
  }
});

test('nothing is confirmed that was not begun', async () => {
  const person = await makeSigningPerson(core, 'dayo');
  expect((await refusalOf(confirmTotp(core, person.call(), { code: '000000' }))).code).toBe('CODE_SPENT');
});

test('an app is set up only in a session that has just begun', async () => {
  const person = await makeSigningPerson(core, 'efe');
  await moveClock(database.owner, 599);
  await beginTotp(core, person.call(), {});
  await moveClock(database.owner, 1);
  expect((await refusalOf(beginTotp(core, person.call(), {}))).code).toBe('SESSION_NOT_FRESH');
});

test('where no way in asks for a second factor there is none to set up', async () => {
  const person = await makeSigningPerson(core, 'femi');
  const off = { ...core, waysIn: { passwords: null, identityProviders: [] } };
  const refused = { code: 'WAY_IN_OFF', details: { wayIn: 'second_factor' } };
  expect(await refusalOf(beginTotp(off, person.call(), {}))).toMatchObject(refused);
  expect(await refusalOf(confirmTotp(off, person.call(), { code: '000000' }))).toMatchObject(refused);
});

test('an app is removed with a passkey, or by one of its codes, and is told of', async () => {
  const gbenga = await makeTotpPerson(core, database, 'gbenga');
  expect(await signedRemoval(gbenga)).toEqual({ totpConfirmedAt: null });
  expect((await refusalOf(signedRemoval(gbenga))).code).toBe('OBJECT_NOT_FOUND');
  const hauwa = await makeTotpPerson(core, database, 'hauwa');
  const code = await codeOf(database, hauwa.secret);
  expect(await removeTotpByCode(core, hauwa.call(), { code })).toEqual({ totpConfirmedAt: null });
  for (const person of [gbenga, hauwa]) {
    expect(await stateOf(person)).toBeNull();
    expect(await eventsOf(person.userId)).toEqual(['user.totp_confirmed', 'user.totp_removed']);
  }
});

test('of a hundred wrong codes at once that would remove an app five are taken', async () => {
  const person = await makeTotpPerson(core, database, 'ife');
  const code = await wrongCode(database, person.secret);
  const codes = await codesOf(
    Array.from({ length: 100 }, () => removeTotpByCode(core, person.call(), { code })),
  );
  expect(codes.filter((one) => one === 'CODE_WRONG')).toHaveLength(5);
  expect(codes.filter((one) => one === 'RATE_LIMITED')).toHaveLength(95);
  const right = { code: await codeOf(database, person.secret) };
  expect((await refusalOf(removeTotpByCode(core, person.call(), right))).code).toBe('RATE_LIMITED');
  expect(await stateOf(person)).not.toBeNull();
  // A passkey removes it all the same, and after an hour so does a code.
  await moveClock(database.owner, 3600);
  const later = { code: await codeOf(database, person.secret) };
  await removeTotpByCode(core, person.call(), later);
});

test("another person's signature removes nothing", async () => {
  const jide = await makeTotpPerson(core, database, 'jide');
  const kemi = await makeTotpPerson(core, database, 'kemi');
  const call = jide.call();
  const approval = await signAction(core, kemi, kemi.call(call.idempotencyKey ?? ''), {
    action: 'auth.removeTotp',
  });
  expect((await refusalOf(removeTotp(core, call, { approval }))).code).toBe('SIGNATURE_REFUSED');
  expect(await stateOf(jide)).not.toBeNull();
});

test('the last second factor stays for as long as there is a password', async () => {
  const person = await makePasswordPerson(core, database, 'lara');
  expect((await refusalOf(signedRemoval(person))).code).toBe('SECOND_FACTOR_NEEDED');
  const code = await codeOf(database, person.secret);
  const refusal = await refusalOf(removeTotpByCode(core, person.call(), { code }));
  expect(refusal.code).toBe('SECOND_FACTOR_NEEDED');
  expect(await stateOf(person)).not.toBeNull();
});

/** Runs calls while a person's app cannot be written, until each of them waits or has ended. */
async function whileAppIsHeld<T>(
  userId: string,
  calls: readonly (() => Promise<T>)[],
): Promise<Promise<T>[]> {
  return database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from totp_factors where user_id = ${userId} for update`.execute(holder);
    let ended = 0;
    const running: Promise<T>[] = [];
    for (const [index, call] of calls.entries()) {
      const run = call().finally(() => {
        ended += 1;
      });
      // Looked at by whoever asked.
      run.catch(() => undefined);
      running.push(run);
      await expect.poll(async () => ended + (await countWaiting()), { timeout: 10_000 }).toBe(index + 1);
    }
    return running;
  });
}

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}

const removals: [string, string, (person: TotpPerson) => Promise<unknown>][] = [
  ['by a passkey', 'musa', signedRemoval],
  [
    'by a code',
    'musa_2',
    async (person) => removeTotpByCode(core, person.call(), { code: await codeOf(database, person.secret) }),
  ],
];
test.each(removals)(
  'of a removal %s and a new password at once one is refused: no password is left without a second factor',
  async (_name, handle, remove) => {
    const person = await makeTotpPerson(core, database, handle);
    const running = await whileAppIsHeld<unknown>(person.userId, [
      () => remove(person),
      () => setDemoPassword(core, person),
    ]);
    expect(await codesOf(running)).toEqual([null, 'SECOND_FACTOR_MISSING']);
  },
);

test('each code is taken once, also by two at once and in two sign-ins, and none before it any more', async () => {
  const person = await makePasswordPerson(core, database, 'ngozi');
  const begin = async () => (await tryPassword(core, { name: 'ngozi' })).secondFactorId;
  const [one, other] = [await begin(), await begin()];
  const code = await codeOf(database, person.secret);
  const codes = await codesOf([tryCode(core, one, code), tryCode(core, other, code)]);
  expect([...codes].sort()).toEqual(['CODE_WRONG', null]);
  const older = await codeOf(database, person.secret, -1);
  expect((await refusalOf(tryCode(core, await begin(), older))).code).toBe('CODE_WRONG');
  await tryCode(core, await begin(), await codeOf(database, person.secret, 1));
});

test('the code that confirmed an app signs nobody in', async () => {
  const person = await makeSigningPerson(core, 'obi');
  const secret = readSecret((await beginTotp(core, person.call(), {})).secret);
  const code = await codeOf(database, secret);
  await confirmTotp(core, person.call(), { code });
  await setDemoPassword(core, person);
  const { secondFactorId } = await tryPassword(core, { name: 'obi' });
  expect((await refusalOf(tryCode(core, secondFactorId, code))).code).toBe('CODE_WRONG');
});
