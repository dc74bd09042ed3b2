import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymousCall } from '../../auth/testing/passkey-person.ts';
import { type Channel, sendMessages } from '../../messages/index.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { sentCode } from '../../testing/sent-code.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../../testing/test-core.ts';
import { getMe } from '../get-me.query.ts';
import { confirmVerification } from './confirm-verification.command.ts';
import { pruneVerifications } from './prune-verifications.sweep.ts';
import { startVerification } from './start-verification.command.ts';

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

/** A phone or an address that no other test has. */
const newContact = (channel: Channel): string =>
  channel === 'phone'
    ? `+23480312${String(10_000 + people * 10).padStart(5, '0')}`
    : `Demo.${people}@mail.example`;

/** Another one that nobody has. */
const besides = (contact: string): string =>
  contact.includes('@') ? `other.${contact}` : `${contact.slice(0, -1)}5`;

/** Starts a verification and reads the code where it was sent. */
async function start(person: TestUser, channel: Channel, contact: string) {
  const verification = await startVerification(core, person.call(), { channel, contact });
  const code = await sentCode(core, contact);
  return { ...verification, channel, code, wrong: String((Number(code) + 1) % 1_000_000).padStart(6, '0') };
}

type Started = Awaited<ReturnType<typeof start>>;

const confirm = (person: TestUser, { channel, verificationId }: Started, code: string) =>
  confirmVerification(core, person.call(), { channel, verificationId, code });

async function verify(person: TestUser, channel: Channel, contact: string) {
  const started = await start(person, channel, contact);
  return confirm(person, started, started.code);
}

describe.each<Channel>(['phone', 'email'])('%s', (channel) => {
  const other: Channel = channel === 'phone' ? 'email' : 'phone';

  test('what a code came to becomes the own one, shown masked', async () => {
    const person = await newPerson();
    const contact = newContact(channel);
    const started = await start(person, channel, contact);
    expect(started.triesLeft).toBe(5);
    const me = await confirm(person, started, started.code);
    const masked = channel === 'phone' ? `+***********${contact.slice(-2)}` : 'D***@mail.example';
    expect(me[channel]).toEqual({ masked, verifiedAt: expect.any(Date) });
    expect(me[other]).toBeNull();
    const verifiedAt = me[channel]?.verifiedAt.getTime() ?? 0;
    expect(started.expiresAt.getTime() - verifiedAt).toBeLessThanOrEqual(300_000);
    expect(await getMe(core, person.call(), {})).toEqual(me);
    expect(await refusalOf(confirm(person, started, started.code))).toMatchObject({ code: 'CODE_SPENT' });
  });

  test('neither contact nor code can be read from the database', async () => {
    const person = await newPerson();
    const contact = newContact(channel);
    const waiting = await startVerification(core, person.call(), { channel, contact });
    const queued = await sql<{ text: string }>`
      select m::text as text from outgoing_messages m where user_id = ${person.userId}`.execute(core.db);
    const code = await sentCode(core, contact);
    await confirm(person, { ...waiting, channel, code, wrong: '' }, code);
    const { rows } = await sql<{ text: string }>`
      select v::text as text from verifications v where id = ${waiting.verificationId}
      union all select u::text from users u where id = ${person.userId}
      union all select m::text from outgoing_messages m where user_id = ${person.userId}
      union all select e::text from events e where subject_id = ${person.userId}`.execute(core.db);
    expect(queued.rows).toHaveLength(1);
    expect(rows).toHaveLength(4);
    const all = [...queued.rows, ...rows].map(({ text }) => text).join('\n');
    const bare = channel === 'phone' ? contact.slice(4) : contact;
    for (const secret of [bare, bare.toLowerCase(), Buffer.from(contact).toString('hex')]) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toContain(Buffer.from(code).toString('hex'));
    expect(all.replaceAll(/[0-9a-f]{16,}|\d+[-:.]\d+/g, '')).not.toContain(code);
  });

  test('wrong codes are counted, and after five the right one is worth nothing', async () => {
    const person = await newPerson();
    const started = await start(person, channel, newContact(channel));
    for (const triesLeft of [4, 3, 2, 1, 0]) {
      expect(await refusalOf(confirm(person, started, started.wrong))).toMatchObject({
        code: 'CODE_WRONG',
        details: { triesLeft },
      });
    }
    expect(await refusalOf(confirm(person, started, started.code))).toMatchObject({ code: 'CODE_SPENT' });
  });

  test('of a hundred wrong guesses at once five count', async () => {
    const person = await newPerson();
    const started = await start(person, channel, newContact(channel));
    const codes = await codesOf(Array.from({ length: 100 }, () => confirm(person, started, started.wrong)));
    expect(codes.filter((each) => each === 'CODE_WRONG')).toHaveLength(5);
    expect(codes.filter((each) => each === 'CODE_SPENT')).toHaveLength(95);
    expect(await refusalOf(confirm(person, started, started.code))).toMatchObject({ code: 'CODE_SPENT' });
  });

  test('the right code at once is accepted once', async () => {
    const person = await newPerson();
    const started = await start(person, channel, newContact(channel));
    const codes = await codesOf(Array.from({ length: 10 }, () => confirm(person, started, started.code)));
    expect(codes.filter((each) => each === null)).toHaveLength(1);
    expect(codes.filter((each) => each === 'CODE_SPENT')).toHaveLength(9);
  });

  test('a code that is confirmed while another is asked for does not end in a deadlock', async () => {
    const again: string[] = [];
    const { auth, ...policy } = core.policy;
    const patient: TestCore = {
      ...core,
      policy: { ...policy, auth: { ...auth, codesPerTargetMax: 100, codesPerTargetOfAllMax: 100 } },
      log: (_level, message) => again.push(message),
    };
    const person = await newPerson();
    const contact = newContact(channel);
    for (let round = 0; round < 10; round += 1) {
      const { verificationId } = await startVerification(patient, person.call(), { channel, contact });
      const code = await sentCode(core, contact);
      await codesOf([
        confirmVerification(patient, person.call(), { channel, verificationId, code }),
        startVerification(patient, person.call(), { channel, contact }),
      ]);
    }
    expect(again).toEqual([]);
  });

  test('of two codes asked for at once one is of use, wherever they went', async () => {
    const person = await newPerson();
    const contacts = [newContact(channel), besides(newContact(channel))];
    const started = await Promise.all(
      contacts.map((contact) => startVerification(core, person.call(), { channel, contact })),
    );
    const left: (string | null)[] = [];
    for (const [place, contact] of contacts.entries()) {
      const verificationId = started[place]?.verificationId ?? '';
      const given = { channel, verificationId, code: await sentCode(core, contact) };
      left.push(...(await codesOf([confirmVerification(core, person.call(), given)])));
    }
    expect(left.sort()).toEqual(['CODE_SPENT', null]);
  });

  test('a code is good for five minutes', async () => {
    const person = await newPerson();
    const early = await start(person, channel, newContact(channel));
    await moveClock(database.owner, 290);
    await confirm(person, early, early.code);
    const late = await start(person, channel, newContact(channel));
    await moveClock(database.owner, 300);
    expect(await refusalOf(confirm(person, late, late.code))).toMatchObject({ code: 'CODE_SPENT' });
  });

  test("another person's verification looks like one that never was, and no try is counted", async () => {
    const [person, stranger] = [await newPerson(), await newPerson()];
    const started = await start(person, channel, newContact(channel));
    const notFound = { isRefusal: true, code: 'OBJECT_NOT_FOUND', details: {} };
    expect(await refusalOf(confirm(stranger, started, started.code))).toEqual(notFound);
    const never = { ...started, verificationId: '018f3c5a-0000-7000-8000-000000000001' };
    expect(await refusalOf(confirm(stranger, never, started.code))).toEqual(notFound);
    await confirm(person, started, started.code);
  });

  test('a code by another channel is no code, and no try is counted', async () => {
    const person = await newPerson();
    const started = await start(person, channel, newContact(channel));
    const foreign = await start(person, other, newContact(other));
    expect(await refusalOf(confirm(person, { ...started, channel: other }, started.code))).toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    if (foreign.code !== started.code) {
      expect(await refusalOf(confirm(person, started, foreign.code))).toMatchObject({ code: 'CODE_WRONG' });
    }
    await confirm(person, started, started.code);
  });

  test('a new code ends the one before, and not the one by the other channel', async () => {
    const person = await newPerson();
    const contact = newContact(channel);
    const kept = await start(person, other, newContact(other));
    const [one, newer] = [await start(person, channel, contact), await start(person, channel, contact)];
    expect(await refusalOf(confirm(person, one, one.code))).toMatchObject({ code: 'CODE_SPENT' });
    await confirm(person, newer, newer.code);
    await confirm(person, kept, kept.code);
  });

  test("that a contact is another's is told only to who reads its messages", async () => {
    const owner = await newPerson();
    const contact = newContact(channel);
    await verify(owner, channel, contact);
    const stranger = await newPerson();
    const started = await start(stranger, channel, contact);
    expect(await refusalOf(confirm(stranger, started, started.wrong))).toMatchObject({ code: 'CODE_WRONG' });
    expect(await refusalOf(confirm(stranger, started, started.code))).toMatchObject({
      code: 'CONTACT_TAKEN',
      details: { channel },
    });
    expect(await refusalOf(confirm(stranger, started, started.code))).toMatchObject({ code: 'CODE_SPENT' });
    expect((await getMe(core, stranger.call(), {}))[channel]).toBeNull();
  });

  test('of two people who confirm one contact at once one gets it', async () => {
    const pair = [await newPerson(), await newPerson()];
    const contact = newContact(channel);
    const started: [TestUser, Started][] = [];
    for (const person of pair) started.push([person, await start(person, channel, contact)]);
    const codes = await codesOf(started.map(([person, each]) => confirm(person, each, each.code)));
    expect(codes.sort()).toEqual(['CONTACT_TAKEN', null]);
  });

  test('a person may change to another, which frees the first', async () => {
    const [person, next] = [await newPerson(), await newPerson()];
    const contact = newContact(channel);
    await verify(person, channel, contact);
    await verify(person, channel, besides(contact));
    await verify(next, channel, contact);
  });

  test('one person has three codes sent to one contact in ten minutes, also at once', async () => {
    const person = await newPerson();
    const contact = newContact(channel);
    const ask = () => startVerification(core, person.call(), { channel, contact });
    const codes = await codesOf([ask(), ask(), ask(), ask(), ask()]);
    expect(codes.filter((each) => each === null)).toHaveLength(3);
    expect(codes.filter((each) => each === 'RATE_LIMITED')).toHaveLength(2);
    await sendMessages(core, 100);
    expect(core.sent.filter(({ to }) => to === contact)).toHaveLength(3);
    const refusal = await refusalOf(ask());
    if (refusal.code !== 'RATE_LIMITED') throw new Error(refusal.code);
    expect(refusal.details.retryAfterSeconds).toBeGreaterThan(590);
    await moveClock(database.owner, refusal.details.retryAfterSeconds);
    await ask();
  });

  test('all askers together have ten codes sent to one contact, and its owner is never among them', async () => {
    const owner = await newPerson();
    const contact = newContact(channel);
    await verify(owner, channel, contact);
    const askers: TestUser[] = [];
    for (let count = 0; count < 12; count += 1) askers.push(await newPerson());
    const codes = await codesOf(
      askers.map((person) => startVerification(core, person.call(), { channel, contact })),
    );
    // The owner's own counts too.
    expect(codes.filter((each) => each === null)).toHaveLength(9);
    expect(codes.filter((each) => each === 'RATE_LIMITED')).toHaveLength(3);
    await moveClock(database.owner, 1);
    await verify(owner, channel, contact);
  });

  test('only a signed-in person verifies', async () => {
    const contact = newContact(channel);
    const { verificationId, code } = await start(await newPerson(), channel, contact);
    const missing = { code: 'SESSION_MISSING' };
    expect(await refusalOf(startVerification(core, anonymousCall, { channel, contact }))).toMatchObject(
      missing,
    );
    expect(
      await refusalOf(confirmVerification(core, anonymousCall, { channel, verificationId, code })),
    ).toMatchObject(missing);
  });
});

test('a number as people write it is the same number', async () => {
  const person = await newPerson();
  const phone = newContact('phone');
  const written = `0${phone.slice(4, 7)} ${phone.slice(7)}`;
  await startVerification(core, person.call(), { channel: 'phone', contact: written });
  expect(await sentCode(core, phone)).toMatch(/^\d{6}$/);
  const wrong = startVerification(core, person.call(), { channel: 'phone', contact: '12345' });
  expect(await refusalOf(wrong)).toMatchObject({ code: 'PHONE_INVALID' });
});

test('an address is the same in capitals, and a mail has a subject', async () => {
  const [person, stranger] = [await newPerson(), await newPerson()];
  await verify(person, 'email', 'Ada.Case@mail.example');
  const started = await start(stranger, 'email', 'ada.case@mail.example');
  expect(await refusalOf(confirm(stranger, started, started.code))).toMatchObject({ code: 'CONTACT_TAKEN' });
  expect(core.sent.at(-1)?.subject).toBe(`${started.code} is your ErrandDash code`);
  const injected = startVerification(core, person.call(), {
    channel: 'email',
    contact: 'ada@mail.example\r\nBcc: eve@mail.example',
  });
  expect(await refusalOf(injected)).toMatchObject({ code: 'EMAIL_INVALID' });
});

test('after a recovery no contact is changed for as long as no money leaves', async () => {
  const person = await newPerson();
  const started = await start(person, 'phone', newContact('phone'));
  const availableFrom = new Date(started.expiresAt.getTime() + 86_400_000);
  await sql`update users set money_out_from = ${availableFrom} where id = ${person.userId}`.execute(core.db);
  const cooling = { isRefusal: true, code: 'ACCOUNT_COOLING', details: { availableFrom } };
  expect(await refusalOf(confirm(person, started, started.code))).toEqual(cooling);
  const another = startVerification(core, person.call(), { channel: 'email', contact: newContact('email') });
  expect(await refusalOf(another)).toEqual(cooling);
});

test('verifications are forgotten once they count for no limit', async () => {
  const person = await newPerson();
  const { verificationId } = await start(person, 'phone', newContact('phone'));
  const isKept = async () =>
    (await core.db.selectFrom('verifications').where('id', '=', verificationId).select('id').execute())
      .length;
  const prune = async () => {
    for (let left = 5; left === 5; ) left = await pruneVerifications(core, 5);
  };
  await moveClock(database.owner, 300 + 590);
  await prune();
  expect(await isKept()).toBe(1);
  await moveClock(database.owner, 10);
  await prune();
  expect(await isKept()).toBe(0);
});
