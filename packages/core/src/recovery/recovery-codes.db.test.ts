import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymousCall } from '../auth/testing/passkey-person.ts';
import { after } from '../clock.ts';
import { ceremony } from '../command.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../testing/signing-person.ts';
import { createTestCore, makeTestUser, type TestCore } from '../testing/test-core.ts';
import { hasRecoveryFactor, spendRecoveryCode } from '../users/index.ts';
import { createRecoveryCodes, getRecoveryStatus, proveRecovery } from './index.ts';
import {
  begin,
  finish,
  makeCodes,
  makeRecoverablePerson,
  readContactCodes,
} from './testing/recovering-person.ts';

let database: TestDatabase;
let core: TestCore;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const newPerson = (): Promise<SigningPerson> => {
  people += 1;
  return makeSigningPerson(core, `person_${people}`);
};

const spend = ceremony('test.spend', async (tx, input: { userId: string; code: string }, context) => ({
  result: await spendRecoveryCode(tx, context, input.userId, input.code),
}));
const spendOf = (userId: string, code: string) => spend(core, anonymousCall, { userId, code });
const statusOf = (person: Pick<SigningPerson, 'call'>) => getRecoveryStatus(core, person.call(), {});

test('ten codes are made, signed for, told, and kept nowhere in the clear', async () => {
  const person = await newPerson();
  expect(await statusOf(person)).toEqual({
    codesLeft: 0,
    isPhoneVerified: false,
    isEmailVerified: false,
    contactsRecoverFrom: null,
    canRecover: false,
    coolingUntil: null,
    canUndo: false,
  });
  const { codes } = await makeCodes(core, person);
  expect(new Set(codes).size).toBe(10);
  expect(await statusOf(person)).toMatchObject({ codesLeft: 10, canRecover: true });
  const { rows } = await sql<{ text: string }>`
    select c::text as text from recovery_codes c union all select e::text from events e
    union all select a::text from approvals a union all select s::text from commands s`.execute(core.db);
  const all = rows
    .map(({ text }) => text)
    .join('\n')
    .toUpperCase();
  for (const code of codes) {
    expect(all).not.toContain(code);
    expect(all).not.toContain(code.replaceAll('-', ''));
    expect(all).not.toContain(Buffer.from(code).toString('hex').toUpperCase());
  }
  const told = await core.db
    .selectFrom('events')
    .where('name', '=', 'recovery.codes_created')
    .where('subject_id', '=', person.userId)
    .select('audience')
    .execute();
  expect(told).toEqual([{ audience: [person.userId] }]);
});

test('the audit log names the signature by which codes were made', async () => {
  const person = await newPerson();
  const call = { ...person.call(), requestId: 'signed-codes' };
  const approval = await signAction(core, person, call, { action: 'recovery.createCodes' });
  await createRecoveryCodes(core, call, { approval });
  const [entry] = await database.db
    .selectFrom('audit_entries')
    .where('request_id', '=', 'signed-codes')
    .where('name', '=', 'recovery.createCodes')
    .select('data')
    .execute();
  expect(entry?.data).toMatchObject({ signed: { by: 'passkey', reference: approval.approvalId } });
});

test('a code is good once, in any usual form, and for its person alone', async () => {
  const [person, stranger] = [await newPerson(), await newPerson()];
  const [code = '', other = ''] = (await makeCodes(core, person)).codes;
  expect(await spendOf(stranger.userId, code)).toBe(false);
  expect(await spendOf(person.userId, 'AAAA-AAAA-AAAA-AAAA')).toBe(false);
  expect(await spendOf(person.userId, ` ${code.toLowerCase().replaceAll('-', ' ')}`)).toBe(true);
  expect(await spendOf(person.userId, code)).toBe(false);
  const spent = await Promise.all(Array.from({ length: 10 }, () => spendOf(person.userId, other)));
  expect(spent.filter((each) => each)).toHaveLength(1);
  expect(await statusOf(person)).toMatchObject({ codesLeft: 8 });
});

test('new codes void the earlier ones, also two sets at once', async () => {
  const person = await newPerson();
  const first = await makeCodes(core, person);
  const sets = await Promise.all([makeCodes(core, person), makeCodes(core, person)]);
  expect(await spendOf(person.userId, first.codes[0] ?? '')).toBe(false);
  const worth = await Promise.all(sets.map(({ codes }) => spendOf(person.userId, codes[0] ?? '')));
  expect(worth.sort()).toEqual([false, true]);
  expect(await statusOf(person)).toMatchObject({ codesLeft: 9 });
});

test('new codes end what an earlier one has proven already, and not what phone and email have', async () => {
  const person = await makeRecoverablePerson(core);
  const { codes } = await makeCodes(core, person);
  const [byCode, byContacts] = [await begin(core, person.handle), await begin(core, person.handle)];
  const given = { recoveryId: byCode, recoveryCode: codes[0] ?? '' };
  const proven = await proveRecovery(core, anonymousCall, given);
  const contactCodes = await readContactCodes(core, byContacts, person);
  const reached = await proveRecovery(core, anonymousCall, { recoveryId: byContacts, ...contactCodes });
  await makeCodes(core, person);
  expect(await refusalOf(finish(core, byCode, proven))).toMatchObject({ code: 'RECOVERY_REFUSED' });
  expect(await refusalOf(proveRecovery(core, anonymousCall, given))).toMatchObject({ code: 'CODE_SPENT' });
  await finish(core, byContacts, reached);
});

test('without a signature over exactly this nothing is made', async () => {
  const [person, stranger] = [await newPerson(), await newPerson()];
  const call = person.call();
  const approval = await signAction(core, person, call, { action: 'recovery.createCodes' });
  const keyless = { ...call, idempotencyKey: null };
  expect(await refusalOf(createRecoveryCodes(core, keyless, { approval }))).toMatchObject({
    code: 'IDEMPOTENCY_KEY_MISSING',
  });
  expect(await refusalOf(createRecoveryCodes(core, stranger.call(), { approval }))).toMatchObject({
    code: 'SIGNATURE_REFUSED',
  });
  // Another key is another act. The attempt consumes the signature.
  expect(await refusalOf(createRecoveryCodes(core, person.call(), { approval }))).toMatchObject({
    code: 'SIGNATURE_REFUSED',
  });
  expect(await refusalOf(createRecoveryCodes(core, call, { approval }))).toMatchObject({
    code: 'SIGNATURE_REFUSED',
  });
  expect(await refusalOf(createRecoveryCodes(core, anonymousCall, { approval }))).toMatchObject({
    code: expect.stringMatching(/^(SESSION_MISSING|IDEMPOTENCY_KEY_MISSING)$/),
  });
  expect(await statusOf(person)).toMatchObject({ codesLeft: 0 });
});

test('the answer cannot be had twice: who asks again signs again and gets other codes', async () => {
  const person = await newPerson();
  const call = person.call();
  const sign = () => signAction(core, person, call, { action: 'recovery.createCodes' });
  const first = await createRecoveryCodes(core, call, { approval: await sign() });
  const again = await createRecoveryCodes(core, call, { approval: await sign() });
  expect(again.codes).not.toEqual(first.codes);
  expect(await statusOf(person)).toMatchObject({ codesLeft: 10 });
});

test('none are made while the account cools', async () => {
  const person = await newPerson();
  const availableFrom = new Date(Date.now() + 3_600_000);
  await sql`update users set money_out_from = ${availableFrom} where id = ${person.userId}`.execute(core.db);
  expect(await refusalOf(makeCodes(core, person))).toEqual({
    isRefusal: true,
    code: 'ACCOUNT_COOLING',
    details: { availableFrom },
  });
  expect(await statusOf(person)).toMatchObject({ codesLeft: 0, coolingUntil: availableFrom });
});

test('a person can come back by a code, or by phone and email together', async () => {
  const person = await newPerson();
  const at = { now: after(new Date(), 60), policy: core.policy };
  const has = () => hasRecoveryFactor(core.db, person.userId, at);
  expect(await has()).toBe(false);
  const [code = '', ...others] = (await makeCodes(core, person)).codes;
  expect(await has()).toBe(true);
  for (const each of [code, ...others]) await spendOf(person.userId, each);
  expect(await has()).toBe(false);
  const reachable = await makeRecoverablePerson(core);
  expect(await hasRecoveryFactor(core.db, reachable.userId, at)).toBe(true);
  const aDayAgo = { ...at, now: after(at.now, -core.policy.recovery.contactAgeSeconds) };
  expect(await hasRecoveryFactor(core.db, reachable.userId, aDayAgo)).toBe(false);
  await sql`update users set email_sealed = null, email_index = null, email_verified_at = null
    where id = ${reachable.userId}`.execute(core.db);
  expect(await hasRecoveryFactor(core.db, reachable.userId, at)).toBe(false);
  const nobody = await makeTestUser(core, 'nobody');
  expect(await hasRecoveryFactor(core.db, nobody.userId, at)).toBe(false);
});
