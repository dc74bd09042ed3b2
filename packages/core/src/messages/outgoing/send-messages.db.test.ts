import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { after } from '../../clock.ts';
import { ceremony } from '../../command.ts';
import { clockCall } from '../../sweep.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../../testing/test-core.ts';
import type { Delivery, Message } from '../ports/message-port.ts';
import { claimMessage } from './claim-message.command.ts';
import { outgoingMessageMachine } from './outgoing-message.machine.ts';
import { pruneMessages } from './prune-messages.sweep.ts';
import { queueMessage } from './queue-message.ts';
import { sendMessages } from './send-messages.sweep.ts';
import { settleMessage } from './settle-message.command.ts';

let database: TestDatabase;
let core: TestCore;
let person: TestUser;
let answer: (message: Message) => Delivery | Promise<Delivery>;
let tried: Message[] = [];
const logged: string[] = [];
const text = 'a demo secret that nobody keeps';

beforeAll(async () => {
  database = await createTestDatabase();
  const port = {
    provider: 'test',
    send: async (message: Message) => {
      tried.push(message);
      return answer(message);
    },
  };
  core = {
    ...createTestCore(database.db),
    messages: { phone: port, email: port },
    log: (...line) => logged.push(JSON.stringify(line)),
  };
  person = await makeTestUser(core, 'ada');
});
beforeEach(async () => {
  await sql`delete from outgoing_messages`.execute(database.owner);
  tried = [];
  logged.length = 0;
  answer = () => ({ outcome: 'sent', providerMessageId: 'a1' });
});
afterAll(() => database.drop());

const queue = ceremony('test.queue', async (tx, input: { seconds: number; to: string }, context) => {
  await queueMessage(tx, context, {
    userId: person.userId,
    dataKey: context.dataKey(),
    channel: 'email',
    kind: 'verify_email',
    to: input.to,
    subject: 'Hello',
    text,
    expiresAt: after(context.now, input.seconds),
  });
  return { result: null };
});

const write = (seconds = 300, to = 'ada@demo.example') => queue(core, person.call(), { seconds, to });
const rows = () => core.db.selectFrom('outgoing_messages').selectAll().orderBy('id').execute();
const row = async () => {
  const [first] = await rows();
  if (first === undefined) throw new Error('there is no message');
  return first;
};

test('a message is sent once, whoever sweeps at once, and what it said is gone', async () => {
  await write();
  const waiting = await row();
  expect(waiting).toMatchObject({ state: 'queued', attempts: 0 });
  expect(waiting.content_sealed?.toString()).not.toContain(text);
  const counts = await Promise.all(Array.from({ length: 4 }, () => sendMessages(core, 10)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(tried).toEqual([{ id: waiting.id, to: 'ada@demo.example', subject: 'Hello', text }]);
  expect(await row()).toMatchObject({
    state: 'sent',
    content_sealed: null,
    provider: 'test',
    provider_message_id: 'a1',
    attempts: 1,
  });
  expect(await sendMessages(core, 10)).toBe(0);
});

test('one that is not answered is tried again, later and later, under its own name', async () => {
  answer = () => ({ outcome: 'unanswered', reason: 'timeout' });
  await write();
  for (const [attempt, seconds] of [5, 15, 60].entries()) {
    await sendMessages(core, 10);
    expect(await sendMessages(core, 10)).toBe(0);
    expect(tried).toHaveLength(attempt + 1);
    await moveClock(database.owner, seconds + 1);
  }
  answer = () => ({ outcome: 'sent', providerMessageId: null });
  await sendMessages(core, 10);
  expect(new Set(tried.map(({ id }) => id)).size).toBe(1);
  expect(await row()).toMatchObject({ state: 'sent', attempts: 4, reason: null });
  expect(logged.join()).toContain('timeout');
  expect(logged.join()).not.toContain(text);
  expect(logged.join()).not.toContain('ada@demo.example');
});

test('one that is refused is not tried again', async () => {
  answer = () => ({ outcome: 'refused', reason: 'smtp_550' });
  await write();
  await sendMessages(core, 10);
  await moveClock(database.owner, 100);
  expect(await sendMessages(core, 10)).toBe(0);
  expect(await row()).toMatchObject({ state: 'failed', reason: 'smtp_550', content_sealed: null });
});

test('a code that is of no use any more is not sent', async () => {
  await write(300);
  await moveClock(database.owner, 300);
  expect(await sendMessages(core, 10)).toBe(1);
  expect(tried).toEqual([]);
  expect(await row()).toMatchObject({ state: 'expired', content_sealed: null });
});

test('after a worker that died another sends it, and who comes back late changes nothing', async () => {
  await write();
  const call = clockCall('message.send');
  const { id: messageId } = await row();
  const claim = await claimMessage(core, call, { messageId });
  expect(claim).toMatchObject({ claimed: { message: { attempts: 1 } } });
  expect(await claimMessage(core, call, { messageId })).toBe('passed');
  await moveClock(database.owner, 31);
  await sendMessages(core, 10);
  expect(tried).toHaveLength(1);
  const sent = await row();
  const late = {
    messageId,
    attempt: 1,
    provider: 'late',
    delivery: { outcome: 'refused', reason: 'x' },
  } as const;
  await settleMessage(core, call, late);
  expect(await row()).toEqual(sent);
});

test('one that nobody answers keeps the others waiting no longer than itself', async () => {
  let answerLate = (_delivery: Delivery) => {};
  const late = new Promise<Delivery>((resolve) => {
    answerLate = resolve;
  });
  answer = ({ to }) => (to.startsWith('slow') ? late : { outcome: 'sent' as const, providerMessageId: null });
  await write(300, 'slow@demo.example');
  for (let count = 0; count < 7; count += 1) await write(300, `p${count}@demo.example`);
  const sweeping = sendMessages(core, 25);
  const states = async () => (await rows()).map(({ state }) => state);
  await expect.poll(states).toEqual(['queued', ...Array(7).fill('sent')]);
  answerLate({ outcome: 'sent', providerMessageId: null });
  expect(await sweeping).toBe(8);
});

describe('messages that do not open', () => {
  const damage = () =>
    sql`update outgoing_messages set content_sealed = set_byte(content_sealed, 40, get_byte(content_sealed, 40) # 1)`.execute(
      database.owner,
    );

  test('keep none of those after them waiting, though they fill a page, and are tried no sooner than others', async () => {
    for (let count = 0; count < 3; count += 1) await write(300, `p${count}@demo.example`);
    await damage();
    await write(300, 'after@demo.example');
    expect(await sendMessages(core, 3)).toBe(1);
    expect(tried.map(({ to }) => to)).toEqual(['after@demo.example']);
    expect((await rows()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ...Array(3).fill(['queued', 1]),
      ['sent', 1],
    ]);
    expect(logged.filter((line) => line.includes('a row could not be worked'))).toHaveLength(3);
    // They are on lease: nobody looks at them again at once.
    logged.length = 0;
    expect(await sendMessages(core, 3)).toBe(0);
    expect(logged).toEqual([]);
  });

  test('are sent once they open, as where a wrapping key was put back into the settings', async () => {
    await write();
    const other = { id: 'other', key: Buffer.alloc(32, 7) };
    const without = { ...core, keyring: { ...core.keyring, wrapping: [other] as const } };
    expect(await sendMessages(without, 3)).toBe(0);
    await moveClock(database.owner, 31);
    expect(await sendMessages(core, 3)).toBe(1);
    expect(await row()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('end when they are of no use any more', async () => {
    await write(60);
    await damage();
    await sendMessages(core, 3);
    await moveClock(database.owner, 60);
    expect(await sendMessages(core, 3)).toBe(1);
    expect(await row()).toMatchObject({ state: 'expired', content_sealed: null });
  });
});

test('a message of a person whose key is gone is never sent', async () => {
  const gone = await makeTestUser(core, 'bola');
  await queue(core, { ...gone.call() }, { seconds: 60, to: 'bola@demo.example' }).catch(() => undefined);
  await sql`update outgoing_messages set user_id = ${gone.userId}`.execute(database.owner);
  await sql`delete from user_data_keys where user_id = ${gone.userId}`.execute(database.owner);
  const claims = () =>
    core.db.selectFrom('audit_entries').where('name', '=', 'messages.claim').selectAll().execute();
  const earlier = (await claims()).length;
  await sendMessages(core, 10);
  expect(tried).toEqual([]);
  // The claim has changed the row, so that the audit log says so.
  expect(await claims()).toHaveLength(earlier + 1);
  await moveClock(database.owner, 60);
  await sendMessages(core, 10);
  expect(await row()).toMatchObject({ state: 'expired' });
});

test('that it was sent is known for a week', async () => {
  await write();
  await sendMessages(core, 10);
  await moveClock(database.owner, 7 * 86_400 - 60);
  await write();
  await sendMessages(core, 10);
  expect(await pruneMessages(core, 10)).toBe(0);
  await moveClock(database.owner, 60);
  expect(await pruneMessages(core, 10)).toBe(1);
  expect(await rows()).toHaveLength(1);
});

test('the table allows the states of the machine and no other', async () => {
  const { rows: found } = await sql<{ definition: string }>`select pg_get_constraintdef(oid) as definition
    from pg_constraint where conname = 'outgoing_messages_state'`.execute(database.db);
  const states = [...(found[0]?.definition ?? '').matchAll(/'(\w+)'::text/g)].map(([, state]) => state);
  expect(states.toSorted()).toEqual(Object.keys(outgoingMessageMachine).toSorted());
});
