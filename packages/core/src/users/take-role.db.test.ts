import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymousCall } from '../auth/testing/passkey-person.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { sentCode } from '../testing/sent-code.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from '../testing/test-core.ts';
import { confirmVerification, findPublicUsers, getMe, startVerification, takeRole } from './index.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

async function verifyPhone(person: TestUser, phone: string): Promise<void> {
  const asked = { channel: 'phone' as const, contact: phone };
  const { verificationId } = await startVerification(core, person.call(), asked);
  const code = await sentCode(core, phone);
  await confirmVerification(core, person.call(), { channel: 'phone', verificationId, code });
}

const takenEvents = (userId: string) =>
  core.db
    .selectFrom('events')
    .where('subject_id', '=', userId)
    .where('name', '=', 'user.role_taken')
    .select('data')
    .execute();

test('anybody may become a sender, and it is told once', async () => {
  const person = await makeTestUser(core, 'ada');
  const call = person.call();
  const me = await takeRole(core, call, { role: 'sender' });
  expect(me.roles).toEqual(['sender']);
  expect(await takeRole(core, call, { role: 'sender' })).toEqual(me);
  expect((await takeRole(core, person.call(), { role: 'sender' })).roles).toEqual(['sender']);
  expect(await takenEvents(person.userId)).toEqual([{ data: { role: 'sender' } }]);
  expect((await getMe(core, person.call(), {})).roles).toEqual(['sender']);
});

test('a runner needs a verified phone first', async () => {
  const person = await makeTestUser(core, 'bola', ['sender']);
  expect(await refusalOf(takeRole(core, person.call(), { role: 'runner' }))).toMatchObject({
    code: 'ROLE_CONDITION_UNMET',
    details: { role: 'runner', needs: ['phone_verified'] },
  });
  await verifyPhone(person, '+2348031234501');
  expect((await takeRole(core, person.call(), { role: 'runner' })).roles).toEqual(['sender', 'runner']);
});

test('the same key with another role is refused', async () => {
  const person = await makeTestUser(core, 'chidi');
  await takeRole(core, person.call('the-same-key'), { role: 'sender' });
  expect(await refusalOf(takeRole(core, person.call('the-same-key'), { role: 'runner' }))).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
});

test('a role taken ten times at once is one role', async () => {
  const person = await makeTestUser(core, 'dayo');
  await Promise.all(Array.from({ length: 10 }, () => takeRole(core, person.call(), { role: 'sender' })));
  expect(await takenEvents(person.userId)).toHaveLength(1);
});

test('nobody takes a role or has an account without signing in', async () => {
  expect(await refusalOf(takeRole(core, anonymousCall, { role: 'sender' }))).toMatchObject({
    code: 'SESSION_MISSING',
  });
  expect(await refusalOf(getMe(core, anonymousCall, {}))).toMatchObject({ code: 'SESSION_MISSING' });
});

test('the public face of a person is his name, and who does not exist has none', async () => {
  const [one, other] = [await makeTestUser(core, 'efe'), await makeTestUser(core, 'femi')];
  const nobody = '018f3c5a-0000-7000-8000-000000000001';
  const found = await findPublicUsers(core.db, [one.userId, other.userId, one.userId, nobody]);
  expect([...found.values()].sort((a, b) => a.handle.localeCompare(b.handle))).toEqual([
    { userId: one.userId, handle: 'efe', displayName: 'Demo efe' },
    { userId: other.userId, handle: 'femi', displayName: 'Demo femi' },
  ]);
  expect(await findPublicUsers(core.db, [])).toEqual(new Map());
});
