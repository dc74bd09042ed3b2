import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymousCall } from '../auth/testing/passkey-person.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../testing/test-core.ts';
import { confirmPhoneVerification, getMe, startPhoneVerification } from './index.ts';

let database: TestDatabase;
let core: TestCore;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const newPerson = (): Promise<TestUser> => {
  people += 1;
  return makeTestUser(core, `person_${people}`);
};

/** A mobile number that no other test has. */
const newPhone = (): string => `+23480312${String(10_000 + people * 10).padStart(5, '0')}`;

/** Starts a verification and reads the code where it was sent. */
async function start(person: TestUser, phone: string) {
  const verification = await startPhoneVerification(core, person.call(), { phone });
  const message = core.sent.at(-1);
  expect(message?.to).toBe(phone);
  const code = /^\d{6}/.exec(message?.text ?? '')?.[0] ?? '';
  return { ...verification, code, wrong: String((Number(code) + 1) % 1_000_000).padStart(6, '0') };
}

const confirm = (person: TestUser, verificationId: string, code: string) =>
  confirmPhoneVerification(core, person.call(), { verificationId, code });

test('the phone that a code came to becomes the own one, shown with two digits', async () => {
  const person = await newPerson();
  const phone = newPhone();
  const { verificationId, code, expiresAt, triesLeft } = await start(person, phone);
  expect(triesLeft).toBe(5);
  const me = await confirm(person, verificationId, code);
  expect(me.phone).toEqual({ masked: `+***********${phone.slice(-2)}`, verifiedAt: expect.any(Date) });
  expect(expiresAt.getTime() - (me.phone?.verifiedAt.getTime() ?? 0)).toBeLessThanOrEqual(300_000);
  expect(await getMe(core, person.call(), {})).toEqual(me);
  expect(await refusalOf(confirm(person, verificationId, code))).toMatchObject({ code: 'CODE_SPENT' });
});

test('neither phone nor code can be read from the database', async () => {
  const person = await newPerson();
  const phone = newPhone();
  const { verificationId, code } = await start(person, phone);
  await confirm(person, verificationId, code);
  const { rows } = await sql<{ text: string }>`
    select v::text as text from verifications v where id = ${verificationId}
    union all select u::text from users u where id = ${person.userId}
    union all select e::text from events e where subject_id = ${person.userId}`.execute(core.db);
  expect(rows).toHaveLength(3);
  const all = rows.map(({ text }) => text).join('\n');
  for (const secret of [
    phone.slice(4),
    Buffer.from(phone).toString('hex'),
    Buffer.from(code).toString('hex'),
  ]) {
    expect(all).not.toContain(secret);
  }
  expect(all.replaceAll(/[0-9a-f]{16,}|\d+[-:.]\d+/g, '')).not.toContain(code);
});

test('a number as people write it is the same number', async () => {
  const person = await newPerson();
  const phone = newPhone();
  await startPhoneVerification(core, person.call(), { phone: `0${phone.slice(4, 7)} ${phone.slice(7)}` });
  expect(core.sent.at(-1)?.to).toBe(phone);
  expect(await refusalOf(startPhoneVerification(core, person.call(), { phone: '12345' }))).toMatchObject({
    code: 'PHONE_INVALID',
  });
});

test('wrong codes are counted, and after five the right one is worth nothing', async () => {
  const person = await newPerson();
  const { verificationId, code, wrong } = await start(person, newPhone());
  for (const triesLeft of [4, 3, 2, 1, 0]) {
    expect(await refusalOf(confirm(person, verificationId, wrong))).toMatchObject({
      code: 'CODE_WRONG',
      details: { triesLeft },
    });
  }
  expect(await refusalOf(confirm(person, verificationId, code))).toMatchObject({ code: 'CODE_SPENT' });
});

test('of a hundred wrong guesses at once five count', async () => {
  const person = await newPerson();
  const { verificationId, code, wrong } = await start(person, newPhone());
  const codes = await codesOf(Array.from({ length: 100 }, () => confirm(person, verificationId, wrong)));
  expect(codes.filter((each) => each === 'CODE_WRONG')).toHaveLength(5);
  expect(codes.filter((each) => each === 'CODE_SPENT')).toHaveLength(95);
  expect(await refusalOf(confirm(person, verificationId, code))).toMatchObject({ code: 'CODE_SPENT' });
});

test('the right code at once is accepted once', async () => {
  const person = await newPerson();
  const { verificationId, code } = await start(person, newPhone());
  const codes = await codesOf(Array.from({ length: 10 }, () => confirm(person, verificationId, code)));
  expect(codes.filter((each) => each === null)).toHaveLength(1);
  expect(codes.filter((each) => each === 'CODE_SPENT')).toHaveLength(9);
});

test('a code that is confirmed while another is asked for does not end in a deadlock', async () => {
  const again: string[] = [];
  const { auth, ...policy } = core.policy;
  const patient: TestCore = {
    ...core,
    policy: { ...policy, auth: { ...auth, codesPerTargetMax: 100 } },
    log: (_level, message) => again.push(message),
  };
  const person = await newPerson();
  const phone = newPhone();
  for (let round = 0; round < 10; round += 1) {
    const { verificationId } = await startPhoneVerification(patient, person.call(), { phone });
    const code = core.sent.at(-1)?.text.slice(0, 6) ?? '';
    await codesOf([
      confirmPhoneVerification(patient, person.call(), { verificationId, code }),
      startPhoneVerification(patient, person.call(), { phone }),
    ]);
  }
  expect(again).toEqual([]);
});

test('a code is good for five minutes', async () => {
  const person = await newPerson();
  const early = await start(person, newPhone());
  await moveClock(database.owner, 290);
  await confirm(person, early.verificationId, early.code);
  const late = await start(person, newPhone());
  await moveClock(database.owner, 300);
  expect(await refusalOf(confirm(person, late.verificationId, late.code))).toMatchObject({
    code: 'CODE_SPENT',
  });
});

test("another person's verification looks like one that never was, and no try is counted", async () => {
  const [person, stranger] = [await newPerson(), await newPerson()];
  const { verificationId, code } = await start(person, newPhone());
  const notFound = { isRefusal: true, code: 'OBJECT_NOT_FOUND', details: {} };
  expect(await refusalOf(confirm(stranger, verificationId, code))).toEqual(notFound);
  expect(await refusalOf(confirm(stranger, '018f3c5a-0000-7000-8000-000000000001', code))).toEqual(notFound);
  await confirm(person, verificationId, code);
});

test('a new code ends the one before', async () => {
  const person = await newPerson();
  const phone = newPhone();
  const [one, other] = [await start(person, phone), await start(person, phone)];
  expect(await refusalOf(confirm(person, one.verificationId, one.code))).toMatchObject({
    code: 'CODE_SPENT',
  });
  await confirm(person, other.verificationId, other.code);
});

test("that a phone is another's is told only to who reads its messages", async () => {
  const owner = await newPerson();
  const phone = newPhone();
  const first = await start(owner, phone);
  await confirm(owner, first.verificationId, first.code);
  const stranger = await newPerson();
  const { verificationId, code, wrong } = await start(stranger, phone);
  expect(await refusalOf(confirm(stranger, verificationId, wrong))).toMatchObject({ code: 'CODE_WRONG' });
  expect(await refusalOf(confirm(stranger, verificationId, code))).toMatchObject({ code: 'PHONE_TAKEN' });
  expect(await refusalOf(confirm(stranger, verificationId, code))).toMatchObject({ code: 'CODE_SPENT' });
  expect((await getMe(core, stranger.call(), {})).phone).toBeNull();
});

test('of two people who confirm one phone at once one gets it', async () => {
  const pair = [await newPerson(), await newPerson()];
  const phone = newPhone();
  const started: [TestUser, Awaited<ReturnType<typeof start>>][] = [];
  for (const person of pair) started.push([person, await start(person, phone)]);
  const codes = await codesOf(
    started.map(([person, { verificationId, code }]) => confirm(person, verificationId, code)),
  );
  expect(codes.sort()).toEqual(['PHONE_TAKEN', null]);
});

test('a person may change to another phone, which frees the first', async () => {
  const [person, other] = [await newPerson(), await newPerson()];
  const phone = newPhone();
  const change = async (who: TestUser, to: string) => {
    const { verificationId, code } = await start(who, to);
    return confirm(who, verificationId, code);
  };
  await change(person, phone);
  await change(person, `${phone.slice(0, -1)}5`);
  await change(other, phone);
});

test('three codes in ten minutes go to one phone, whoever asks, also at once', async () => {
  const askers = await Promise.all(Array.from({ length: 6 }, newPerson));
  const phone = newPhone();
  const codes = await codesOf(askers.map((person) => startPhoneVerification(core, person.call(), { phone })));
  expect(codes.filter((each) => each === null)).toHaveLength(3);
  expect(codes.filter((each) => each === 'RATE_LIMITED')).toHaveLength(3);
  expect(core.sent.filter(({ to }) => to === phone)).toHaveLength(3);
  const again = () => startPhoneVerification(core, askers[0]?.call() ?? anonymousCall, { phone });
  const refusal = await refusalOf(again());
  if (refusal.code !== 'RATE_LIMITED') throw new Error(refusal.code);
  expect(refusal.details.retryAfterSeconds).toBeGreaterThan(590);
  await moveClock(database.owner, refusal.details.retryAfterSeconds);
  await again();
});

test('a message that is not handed over is in the log without its number, and the person may ask again', async () => {
  const person = await newPerson();
  const logged: unknown[] = [];
  const failing: TestCore = {
    ...core,
    log: (...line) => void logged.push(line),
    sms: { isForDevelopment: true, send: () => Promise.reject(new Error('no credit')) },
  };
  const phone = newPhone();
  const { verificationId } = await startPhoneVerification(failing, person.call(), { phone });
  expect(logged).toEqual([['error', 'a code was not sent', { verificationId, requestId: 'test' }]]);
  const { verificationId: next, code } = await start(person, phone);
  await confirm(person, next, code);
});

test('only a signed-in person verifies a phone', async () => {
  const { verificationId, code } = await start(await newPerson(), newPhone());
  const missing = { code: 'SESSION_MISSING' };
  expect(await refusalOf(startPhoneVerification(core, anonymousCall, { phone: newPhone() }))).toMatchObject(
    missing,
  );
  expect(
    await refusalOf(confirmPhoneVerification(core, anonymousCall, { verificationId, code })),
  ).toMatchObject(missing);
});
