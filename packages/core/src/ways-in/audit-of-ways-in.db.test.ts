import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refreshSession } from '../auth/index.ts';
import { signIn } from '../auth/testing/passkey-person.ts';
import { createRecoveryCodes } from '../recovery/index.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { signAction } from '../testing/signing-person.ts';
import { createTestCore, type TestCore } from '../testing/test-core.ts';
import { onlyPasskeys } from './index.ts';
import { setPassword } from './passwords/set-password.command.ts';
import {
  codeOf,
  device,
  deviceId,
  makePasswordPerson,
  makeTotpPerson,
  tryCode,
  tryPassword,
  turnPasswordsOn,
} from './testing/ways-in-person.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  turnPasswordsOn(core);
});
afterAll(() => database.drop());

/** What the audit log has by a name, oldest first. */
const entriesOf = (name: string) =>
  core.db
    .selectFrom('audit_entries')
    .where('name', '=', name)
    .orderBy('id')
    .select(['outcome', 'subjects', 'data'])
    .execute();
const lastOf = async (name: string) => (await entriesOf(name)).at(-1);

test('a wrong password is one refused sign-in, and a try that was counted by its own name', async () => {
  const { userId } = await makePasswordPerson(core, database, 'ada');
  await refusalOf(tryPassword(core, { name: 'ada', password: 'a wrong pass phrase' }));
  expect((await entriesOf('auth.signInWithPassword')).map(({ outcome }) => outcome)).toEqual([
    'PASSWORD_SIGN_IN_REFUSED',
  ]);
  expect(await lastOf('auth.signInWithPassword')).toMatchObject({ subjects: [`user ${userId}`] });
  expect((await entriesOf('auth.countPasswordTry')).map(({ outcome }) => outcome)).toEqual(['done']);
});

test('what is refused before the first transaction of a call is told all the same', async () => {
  const person = await makeTotpPerson(core, database, 'bola');
  const call = person.call();
  const newPassword = 'short';
  const approval = await signAction(core, person, call, { action: 'auth.setPassword', newPassword });
  await refusalOf(setPassword(core, call, { newPassword, approval }));
  expect(await lastOf('auth.setPassword')).toMatchObject({ outcome: 'PASSWORD_UNUSABLE' });
  expect(JSON.stringify(await entriesOf('auth.setPassword'))).not.toContain(newPassword);
  const off = { ...core, waysIn: onlyPasskeys };
  await refusalOf(tryPassword(off, { name: 'bola' }));
  expect(await lastOf('auth.signInWithPassword')).toMatchObject({ outcome: 'WAY_IN_OFF' });
  const signed = await signAction(core, person, person.call(), { action: 'recovery.createCodes' });
  const keyless = { ...person.call(), idempotencyKey: null };
  await refusalOf(createRecoveryCodes(core, keyless, { approval: signed }));
  expect(await lastOf('recovery.createCodes')).toMatchObject({ outcome: 'IDEMPOTENCY_KEY_MISSING' });
});

test('a password that could not be looked at because too many are is told', async () => {
  const calls = Array.from({ length: 40 }, (_, index) =>
    tryPassword(core, { name: `nobody_${index}`, networkAddress: `203.0.113.${index}` }).catch(() => null),
  );
  await Promise.all(calls);
  const outcomes = (await entriesOf('auth.signInWithPassword')).map(({ outcome }) => outcome);
  expect(outcomes).toContain('SERVICE_BUSY');
});

test('a code for a challenge that is past use is told with whose it is', async () => {
  const person = await makePasswordPerson(core, database, 'chidi');
  const { secondFactorId } = await tryPassword(core, { name: 'chidi' });
  await tryCode(core, secondFactorId, await codeOf(database, person.secret));
  await refusalOf(tryCode(core, secondFactorId, '000000'));
  expect(await lastOf('auth.finishSecondFactor')).toMatchObject({
    outcome: 'CODE_SPENT',
    subjects: [`second_factor ${secondFactorId}`, `user ${person.userId}`],
    data: { reason: 'the challenge is past use' },
  });
});

test('why a code is not even tried is told: whose device it is not, too many wrong ones, no such challenge', async () => {
  const person = await makePasswordPerson(core, database, 'emeka');
  const reasonOf = async (secondFactorId: string, given: { deviceId?: string } = {}) => {
    const { code } = await refusalOf(tryCode(core, secondFactorId, '000000', given));
    const entry = await lastOf('auth.finishSecondFactor');
    return { code, data: entry?.data };
  };
  const { secondFactorId } = await tryPassword(core, { name: 'emeka' });
  expect(await reasonOf(secondFactorId, { deviceId: `${deviceId}-other` })).toMatchObject({
    code: 'CODE_SPENT',
    data: { reason: 'the challenge is another device’s' },
  });
  expect(await reasonOf(person.userId)).toMatchObject({
    code: 'CODE_SPENT',
    data: { reason: 'no such challenge' },
  });
  await sql`update second_factor_challenges set wrong_tries = ${core.policy.waysIn.secondFactorWrongMax}
    where id = ${secondFactorId}`.execute(database.owner);
  expect(await reasonOf(secondFactorId)).toMatchObject({
    code: 'RATE_LIMITED',
    data: { reason: 'there were too many wrong codes' },
  });
});

test('a refresh token that is refused is told with whose session it is', async () => {
  const person = await makeTotpPerson(core, database, 'dayo');
  const { tokens } = await signIn(core, person.authenticator, { handle: 'dayo' });
  const { refreshToken, sessionId } = tokens;
  const call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' } as const;
  const given = { refreshToken, deviceId: `${deviceId}-other`, networkAddress: device.networkAddress };
  expect((await refusalOf(refreshSession(core, call, given))).code).toBe('REFRESH_TOKEN_INVALID');
  expect(await lastOf('auth.refresh')).toMatchObject({
    outcome: 'REFRESH_TOKEN_INVALID',
    subjects: [`session ${sessionId}`, `user ${person.userId}`],
  });
});
