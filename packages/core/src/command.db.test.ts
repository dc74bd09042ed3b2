import { createDb, createPool, type Db, type Tx } from '@errand-dash/db';
import { createFaultyPool, createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandContext, ceremony, command, question } from './command.ts';
import { Refused, refuse } from './refusal.ts';
import { availableOf, fundWallet } from './testing/fund-wallet.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from './testing/test-core.ts';

let database: TestDatabase;
let core: TestCore;
let user: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  user = await makeTestUser(core, 'demo_user');
});
afterAll(() => database.drop());

interface Note {
  text: string;
}

/** Leaves an event and a longer name: a second run would show. */
async function writeNote(tx: Tx, input: Note, { now, viewer }: CommandContext) {
  if (viewer.kind !== 'user') throw new Error('a person writes notes');
  await sql`update users set display_name = display_name || ${input.text} where id = ${viewer.userId}`.execute(
    tx,
  );
  const subject = { type: 'user', id: viewer.userId };
  return {
    result: { text: input.text, amount: 5n, at: now },
    events: [{ name: 'user.phone_verified' as const, subject, audience: [viewer.userId] }],
  };
}
const addNote = command('test.addNote', writeNote);

const nameOf = async (db: Db, id: string): Promise<string> => {
  const row = await db
    .selectFrom('users')
    .select('display_name')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.display_name;
};
const eventsOf = async (id: string): Promise<number> => {
  const rows = await database.db.selectFrom('events').select('id').where('subject_id', '=', id).execute();
  return rows.length;
};
const codeOf = (error: unknown): string => (error instanceof Refused ? error.refusal.code : String(error));
const refusalOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no refusal',
    (error: unknown) => codeOf(error),
  );

describe('a key', () => {
  test('gives the stored answer again and has one effect', async () => {
    const writer = await makeTestUser(core, 'demo_replay');
    const call = writer.call('replay-key-1');
    const first = await addNote(core, call, { text: 'a' });
    const second = await addNote(core, call, { text: 'a' });
    expect(second).toStrictEqual(first);
    expect(await eventsOf(writer.userId)).toBe(1);
    expect(await nameOf(database.db, writer.userId)).toBe('Demo demo_replaya');
  });

  test('is refused with another input', async () => {
    const call = user.call('other-input-1');
    await addNote(core, call, { text: 'b' });
    expect(await refusalOf(addNote(core, call, { text: 'c' }))).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('belongs to one person and one command', async () => {
    const other = await makeTestUser(core, 'demo_other');
    const otherCommand = command('test.addOtherNote', writeNote);
    await addNote(core, user.call('shared-key-1'), { text: 'd' });
    await addNote(core, other.call('shared-key-1'), { text: 'e' });
    await otherCommand(core, user.call('shared-key-1'), { text: 'f' });
    expect(await eventsOf(other.userId)).toBe(1);
  });

  test('is demanded of people', async () => {
    const call = { ...user.call(), idempotencyKey: null };
    expect(await refusalOf(addNote(core, call, { text: 'g' }))).toBe('IDEMPOTENCY_KEY_MISSING');
  });

  test('used fifty times at once has one effect; the others get that answer or are told that it is in flight', async () => {
    const writer = await makeTestUser(core, 'demo_fifty');
    const call = writer.call('fifty-at-once');
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, () => addNote(core, call, { text: 'h' })),
    );
    const refusals = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [codeOf(answer.reason)] : [],
    );
    expect(new Set(refusals).size).toBeLessThanOrEqual(1);
    expect(refusals.every((code) => code === 'COMMAND_IN_FLIGHT')).toBe(true);
    expect(await eventsOf(writer.userId)).toBe(1);
  });

  test('in flight is refused at once, not queued', async () => {
    let finishFirst = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    let hasBegun = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const slow = command('test.slow', async () => {
      hasBegun();
      await gate;
      return { result: 'done' };
    });
    const call = user.call('in-flight-1');
    const first = slow(core, call, {});
    await begun;
    expect(await refusalOf(slow(core, call, {}))).toBe('COMMAND_IN_FLIGHT');
    finishFirst();
    expect(await first).toBe('done');
  });
});

describe('a refusal', () => {
  const refuseAfterWriting = command('test.refuse', async (tx, _input: object, context) => {
    await writeNote(tx, { text: 'never' }, context);
    throw new Refused(refuse('HANDLE_TAKEN', {}));
  });
  const recordRefusal = command('test.record', async (tx, _input: object, context) => {
    const { events } = await writeNote(tx, { text: '!' }, context);
    return { refusal: refuse('CODE_WRONG', { triesLeft: 4 }), events };
  });

  test('that is thrown leaves nothing behind, not even its key', async () => {
    const writer = await makeTestUser(core, 'demo_thrown');
    const call = writer.call('thrown-key-1');
    expect(await refusalOf(refuseAfterWriting(core, call, {}))).toBe('HANDLE_TAKEN');
    expect(await eventsOf(writer.userId)).toBe(0);
    expect(await nameOf(database.db, writer.userId)).toBe('Demo demo_thrown');
    const kept = await database.db
      .selectFrom('commands')
      .select('key')
      .where('key', '=', 'thrown-key-1')
      .execute();
    expect(kept).toEqual([]);
  });

  test('of the database that the work swallowed is not taken for success', async () => {
    const swallow = ceremony('test.swallow', async (tx) => {
      await sql`select 1 / 0`.execute(tx).catch(() => undefined);
      return { result: 'done' };
    });
    await expect(swallow(core, user.call(), {})).rejects.toThrow('aborted');
  });

  test('that is itself the fact is committed with its record, once for its key', async () => {
    const writer = await makeTestUser(core, 'demo_recorded');
    const call = writer.call('recorded-key-1');
    expect(await refusalOf(recordRefusal(core, call, {}))).toBe('CODE_WRONG');
    expect(await refusalOf(recordRefusal(core, call, {}))).toBe('CODE_WRONG');
    expect(await eventsOf(writer.userId)).toBe(1);
  });
});

describe('money that is posted with the end of a command', () => {
  const cause = { type: 'test', id: 'movements' };
  const wallet = (ownerId: string) => ({ purpose: 'available', ownerId, currency: 'NGN' }) as const;
  interface Send {
    to: string;
    amountsMinor: bigint[];
  }
  const send = command('test.send', async (_tx, { to, amountsMinor }: Send, { viewer }) => {
    if (viewer.kind !== 'user') throw new Error('a person sends');
    const between = { debit: wallet(viewer.userId), credit: wallet(to) };
    const subject = { type: 'user', id: viewer.userId };
    return {
      result: 'sent',
      events: [{ name: 'user.phone_verified' as const, subject, audience: [viewer.userId] }],
      movements: amountsMinor.map((amountMinor) => ({
        kind: 'adjustment.post' as const,
        cause,
        transfers: [{ ...between, amountMinor }],
      })),
    };
  });
  const sender = async (handle: string) => {
    const person = await makeTestUser(core, handle);
    await fundWallet(core, person.userId, 1_000n);
    return person;
  };

  test('is posted once for its key, whose answer is kept for ever', async () => {
    const ada = await sender('demo_last_ada');
    const call = ada.call('last-key-1');
    const input = { to: user.userId, amountsMinor: [300n, 200n] };
    expect(await send(core, call, input)).toBe('sent');
    expect(await send(core, call, input)).toBe('sent');
    expect(await availableOf(database.db, ada.userId)).toBe(500n);
    const { rows } = await sql`select kept_until from commands where key = 'last-key-1'`.execute(database.db);
    expect(rows).toEqual([{ kept_until: null }]);
  });

  test.each([
    { case: 'one movement', amountsMinor: [1_001n] },
    { case: 'the second of two movements', amountsMinor: [600n, 600n] },
  ])(
    'is refused with the numbers ($case) and leaves nothing but the audit of it, and the key is free',
    async (given) => {
      const bayo = await sender(`demo_last_${given.amountsMinor.length}`);
      const call = bayo.call('last-key-2');
      const input = { to: user.userId, amountsMinor: given.amountsMinor };
      const refused: unknown = await send(core, call, input).catch((error: unknown) => error);
      const [neededMinor = 0n, ...rest] = given.amountsMinor.toReversed();
      const availableMinor = 1_000n - rest.reduce((sum, amountMinor) => sum + amountMinor, 0n);
      expect(refused).toMatchObject({
        refusal: {
          code: 'FUNDS_INSUFFICIENT',
          details: { neededMinor: Number(neededMinor), availableMinor: Number(availableMinor) },
        },
      });
      expect(await availableOf(database.db, bayo.userId)).toBe(1_000n);
      expect(await eventsOf(bayo.userId)).toBe(0);
      const { rows } = await sql`select outcome from audit_entries
      where actor_reference = ${bayo.userId} and name = 'test.send'`.execute(database.db);
      expect(rows).toEqual([{ outcome: 'FUNDS_INSUFFICIENT' }]);
      expect(await send(core, call, { ...input, amountsMinor: [1n] })).toBe('sent');
    },
  );

  test('is not refused but fails where only a fault of ours can be the cause', async () => {
    const dayo = await sender('demo_last_dayo');
    const self = { to: dayo.userId, amountsMinor: [1n] };
    await expect(send(core, dayo.call(), self)).rejects.toThrow('accounts_must_be_different');
    expect(await eventsOf(dayo.userId)).toBe(0);
  });

  test.each([1, 2, 3, 4])('leaves one effect where the connection dies at statement %i', async (cutAt) => {
    for (const when of ['before', 'after'] as const) {
      const femi = await sender(`demo_last_${when}_${cutAt}`);
      const { pool, hasStruck } = createFaultyPool(database.applicationUrl, { cutAt, when });
      const db = createDb(pool);
      expect(await send({ ...core, db }, femi.call(), { to: user.userId, amountsMinor: [400n] })).toBe(
        'sent',
      );
      await db.destroy();
      expect(hasStruck()).toBe(true);
      expect(await availableOf(database.db, femi.userId)).toBe(600n);
      expect(await eventsOf(femi.userId)).toBe(1);
    }
  });
});

describe('a session', () => {
  test('that has ended can neither act nor replay', async () => {
    const writer = await makeTestUser(core, 'demo_ended');
    const call = writer.call('ended-key-1');
    await addNote(core, call, { text: 'i' });
    await sql`update sessions set ended_at = created_at, ended_reason = 'test' where id = ${writer.sessionId}`.execute(
      database.db,
    );
    expect(await refusalOf(addNote(core, call, { text: 'i' }))).toBe('SESSION_ENDED');
  });

  test('of somebody else gives no right', async () => {
    const other = await makeTestUser(core, 'demo_stolen');
    const call = {
      ...user.call(),
      caller: { kind: 'user' as const, userId: user.userId, sessionId: other.sessionId },
    };
    expect(await refusalOf(addNote(core, call, { text: 'j' }))).toBe('SESSION_ENDED');
  });

  test('of a suspended person is refused at the next call', async () => {
    const writer = await makeTestUser(core, 'demo_suspended');
    await sql`update users set suspended_at = created_at where id = ${writer.userId}`.execute(database.db);
    expect(await refusalOf(addNote(core, writer.call(), { text: 'k' }))).toBe('USER_SUSPENDED');
  });
});

describe('an answer', () => {
  test('is stored sealed and opens nowhere else', async () => {
    await addNote(core, user.call('sealed-key-1'), { text: 'a very telling note' });
    const [row] = await database.db
      .selectFrom('commands')
      .selectAll()
      .where('key', '=', 'sealed-key-1')
      .execute();
    expect(Buffer.from(row?.answer_sealed ?? []).includes('telling')).toBe(false);
    await sql`update commands set key = 'moved-key-1' where key = 'sealed-key-1'`.execute(database.owner);
    await expect(addNote(core, user.call('moved-key-1'), { text: 'a very telling note' })).rejects.toThrow(
      'seal',
    );
  });

  test('is kept for three days, and for ever when money moved', async () => {
    const payNote = command('test.payNote', async (_tx, _input: object, context) => {
      context.keepForEver();
      return { result: 'paid' };
    });
    await addNote(core, user.call('kept-key-1'), { text: 'l' });
    await payNote(core, user.call('kept-key-2'), {});
    const rows = await database.db
      .selectFrom('commands')
      .select(['created_at', 'kept_until'])
      .where('key', 'like', 'kept-key-%')
      .orderBy('key')
      .execute();
    const seconds = rows.map(
      (row) => row.kept_until && (row.kept_until.getTime() - row.created_at.getTime()) / 1000,
    );
    expect(seconds).toEqual([72 * 3600, null]);
  });

  test('of a ceremony is never stored', async () => {
    const tell = ceremony('test.tell', async () => ({ result: 'a secret' }));
    const rowsBefore = await database.db.selectFrom('commands').select('key').execute();
    expect(await tell(core, user.call('ceremony-key'), {})).toBe('a secret');
    expect((await database.db.selectFrom('commands').select('key').execute()).length).toBe(rowsBefore.length);
  });
});

describe('a fault', () => {
  const faults = [1, 2, 3, 4, 5].flatMap((at) => [
    { name: `the connection cut before statement ${at}`, fault: { cutAt: at, when: 'before' as const } },
    { name: `the connection cut after statement ${at}`, fault: { cutAt: at, when: 'after' as const } },
    { name: `a serialization failure at statement ${at}`, fault: { raiseAt: at, code: '40001' as const } },
    { name: `a deadlock at statement ${at}`, fault: { raiseAt: at, code: '40P01' as const } },
  ]);

  test.each(faults)('$name leaves one effect and an answer', async ({ name, fault }) => {
    const writer = await makeTestUser(core, `demo_fault_${faults.findIndex((one) => one.name === name)}`);
    const { pool, hasStruck, statements } = createFaultyPool(database.applicationUrl, fault);
    const db = createDb(pool);
    try {
      const answer = await addNote({ ...core, db }, writer.call(), { text: '+' });
      expect(answer.text).toBe('+');
      expect(hasStruck(), statements.join('\n')).toBe(true);
      expect(await eventsOf(writer.userId)).toBe(1);
      expect(await nameOf(database.db, writer.userId)).toMatch(/[^+]\+$/);
    } finally {
      await db.destroy();
    }
  });

  test('in a ceremony whose commit got no reply is told, not hidden by a second run', async () => {
    const writer = await makeTestUser(core, 'demo_unknown');
    const { pool } = createFaultyPool(database.applicationUrl, { cutAt: 5, when: 'after' });
    const db = createDb(pool);
    const noteOnce = ceremony('test.noteOnce', writeNote);
    await expect(noteOnce({ ...core, db }, writer.call(), { text: '?' })).rejects.toThrow('while committing');
    await db.destroy();
    expect(await eventsOf(writer.userId)).toBe(1);
  });
});

test('queues are woken after the commit and not after a refusal', async () => {
  const wakeUp = command('test.wake', async (_tx, input: { refuses: boolean }) =>
    input.refuses ? { refusal: refuse('HANDLE_TAKEN', {}) } : { result: null, wake: ['due-things'] },
  );
  core.woken.length = 0;
  await refusalOf(wakeUp(core, user.call(), { refuses: true }));
  expect(core.woken).toEqual([]);
  await wakeUp(core, user.call(), { refuses: false });
  expect(core.woken).toEqual(['due-things']);
});

test('a question does not wait for the disk, and whatever comes after it on the connection does', async () => {
  await sql`create table commits (name text, setting text)`.execute(database.owner);
  await sql`create function note_commit() returns trigger language plpgsql security definer as $$
    begin
      insert into commits values (new.name, current_setting('synchronous_commit'));
      return null;
    end $$`.execute(database.owner);
  // At the end of the transaction, when all that it sets is set.
  await sql`create constraint trigger notes_commits after insert on audit_entries
    deferrable initially deferred for each row execute function note_commit()`.execute(database.owner);
  const ask = question('test.ask', async () => ({ result: 'sign this' }));
  const answer = ceremony('test.answer', async () => ({ result: 'signed' }));
  const url = new URL(database.applicationUrl);
  // As where money is kept; the clusters of tests never wait.
  url.searchParams.set('options', '-c synchronous_commit=on');
  const pool = createPool({
    url: url.href,
    connectionsMax: 1,
    applicationName: 'test',
    statementTimeoutSeconds: 10,
    waitSecondsMax: 10,
  });
  const db = createDb(pool);
  for (const act of [ask, answer, ask]) await act({ ...core, db }, user.call(), null);
  await db.destroy();
  const { rows } = await sql`select name, setting from commits where name like 'test.%'`.execute(
    database.owner,
  );
  expect(rows).toEqual([
    { name: 'test.ask', setting: 'off' },
    { name: 'test.answer', setting: 'on' },
    { name: 'test.ask', setting: 'off' },
  ]);
});
