import { createHash } from 'node:crypto';
import { createDb } from '@errand-dash/db';
import { createFaultyPool, createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../claim.ts';
import { type CommandContext, ceremony, command } from '../command.ts';
import { query } from '../query.ts';
import { Refused, refuse } from '../refusal.ts';
import { sweeps } from '../sweeps.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import {
  clockCall,
  createTestCore,
  makeTestUser,
  type TestCore,
  type TestUser,
} from '../testing/test-core.ts';
import { auditAddressHash, auditedQuery } from './index.ts';

let database: TestDatabase;
let core: TestCore;
let user: TestUser;
const logged: unknown[][] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  core = { ...createTestCore(database.db), log: (...line) => void logged.push(line) };
  user = await makeTestUser(core, 'demo_user');
});
afterAll(() => database.drop());

let calls = 0;
/** A call of this user's whose entries can be told from all others. */
function newCall(given: Partial<Call> = {}): Call {
  calls += 1;
  return { ...user.call(), requestId: `request-${calls}`, ...given };
}

const entriesOf = ({ requestId }: Call) =>
  database.db
    .selectFrom('audit_entries')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('id')
    .execute();
const outcomesOf = async (call: Call) => (await entriesOf(call)).map(({ outcome }) => outcome);

const noteDown = async (_tx: unknown, _input: object, { viewer }: CommandContext) => {
  const userId = viewer.kind === 'user' ? viewer.userId : '';
  const subject = { type: 'user', id: userId };
  const event = { name: 'user.role_taken' as const, subject, audience: [userId], data: { role: 'runner' } };
  return { result: 'noted', events: [event] };
};
const note = command('test.note', noteDown);
const throwRefusal = command('test.throw', async (_tx, _input: object, { audit }) => {
  audit({ subjects: [{ type: 'errand', id: 'demo' }], data: { reason: 'too late' } });
  throw new Refused(refuse('HANDLE_TAKEN', {}));
});
const keepRefusal = command('test.keep', async (_tx, _input: object, { audit }) => {
  audit({ data: { triesLeft: 4 } });
  return { refusal: refuse('CODE_WRONG', { triesLeft: 4 }) };
});

describe('a command', () => {
  test('leaves an entry of who did what, when, from where and under which key', async () => {
    const call = newCall({ networkAddress: '203.0.113.7' });
    await note(core, call, {});
    const [entry, ...others] = await entriesOf(call);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      kind: 'command',
      name: 'test.note',
      outcome: 'done',
      actor_kind: 'user',
      actor_reference: user.userId,
      session_id: user.sessionId,
      subjects: [`user ${user.userId}`],
      data: {
        events: [
          {
            name: 'user.role_taken',
            subject: { type: 'user', id: user.userId },
            audience: [user.userId],
            data: { role: 'runner' },
          },
        ],
      },
    });
    const keyHash = createHash('sha256')
      .update(call.idempotencyKey ?? '')
      .digest();
    expect(Buffer.from(entry?.key_hash ?? [])).toEqual(keyHash);
    expect(Buffer.from(entry?.network_address_hash ?? [])).toEqual(
      auditAddressHash(core.keyring, '203.0.113.7'),
    );
    const [event] = await database.db
      .selectFrom('events')
      .select(['occurred_at', 'transaction_id'])
      .where('subject_id', '=', user.userId)
      .execute();
    expect(entry).toMatchObject(event ?? {});
  });

  test('that is called again leaves no second one, nor do fifty at once', async () => {
    const call = newCall();
    await codesOf(Array.from({ length: 50 }, () => note(core, call, {})));
    await note(core, call, {});
    expect(await outcomesOf(call)).toEqual(['done']);
  });

  test.each([
    ['a deadlock', { raiseAt: 3, code: '40P01' as const }],
    ['a connection lost before its end', { cutAt: 3, when: 'before' as const }],
    ['a commit that got no reply', { cutAt: 4, when: 'after' as const }],
  ])('that runs again after %s leaves one', async (_name, fault) => {
    const { pool, hasStruck } = createFaultyPool(database.applicationUrl, fault);
    const db = createDb(pool);
    const call = newCall();
    await note({ ...core, db }, call, {});
    await db.destroy();
    expect(hasStruck()).toBe(true);
    expect(await outcomesOf(call)).toEqual(['done']);
  });

  test('by nobody, by the clock and for an object of the provider’s says so', async () => {
    const tell = ceremony('test.tell', async () => ({ result: null }));
    const callers = [
      { kind: 'anonymous' },
      { kind: 'clock', edge: 'test.expire' },
      { kind: 'provider', object: 'transaction/1' },
    ] as const;
    const actors = [];
    for (const caller of callers) {
      const call = newCall({ caller, idempotencyKey: null });
      await tell(core, call, {});
      const [entry] = await entriesOf(call);
      actors.push([entry?.actor_kind, entry?.actor_reference, entry?.session_id, entry?.key_hash]);
    }
    expect(actors).toEqual([
      ['anonymous', null, null, null],
      ['clock', 'test.expire', null, null],
      ['provider', 'transaction/1', null, null],
    ]);
  });

  test('that a person signed names the signature', async () => {
    const sign = command('test.sign', async (_tx, _input: object, context) => {
      context.authority = { kind: 'passkey', reference: 'approval-1', detail: 'test.sign key' };
      return { result: null };
    });
    const call = newCall();
    await sign(core, call, {});
    const [entry] = await entriesOf(call);
    expect(entry?.data).toEqual({ events: [], signed: { by: 'passkey', reference: 'approval-1' } });
  });

  test('that fails by a fault of ours leaves none', async () => {
    const fail = command('test.fail', async (): Promise<{ result: null }> => {
      throw new Error('a fault');
    });
    const call = newCall();
    await expect(fail(core, call, {})).rejects.toThrow('a fault');
    expect(await entriesOf(call)).toEqual([]);
  });
});

describe('a refusal', () => {
  test('that was thrown is told although all else is rolled back, at each attempt', async () => {
    const call = newCall();
    expect(await codesOf([throwRefusal(core, call, {})])).toEqual(['HANDLE_TAKEN']);
    expect(await codesOf([throwRefusal(core, call, {})])).toEqual(['HANDLE_TAKEN']);
    const entries = await entriesOf(call);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      kind: 'command',
      name: 'test.throw',
      outcome: 'HANDLE_TAKEN',
      actor_reference: user.userId,
      session_id: user.sessionId,
      subjects: ['errand demo'],
      data: { reason: 'too late' },
    });
  });

  test('that is itself the fact is told once for its key', async () => {
    const call = newCall();
    await codesOf([keepRefusal(core, call, {})]);
    await codesOf([keepRefusal(core, call, {})]);
    const entries = await entriesOf(call);
    expect(entries.map(({ outcome, data }) => [outcome, data])).toEqual([
      ['CODE_WRONG', { events: [], triesLeft: 4 }],
    ]);
  });

  test('of an ended session, a suspended person and a reused key is told', async () => {
    const ended = await makeTestUser(core, 'demo_ended');
    const suspended = await makeTestUser(core, 'demo_suspended');
    await sql`update sessions set ended_at = created_at, ended_reason = 'test' where id = ${ended.sessionId}`.execute(
      database.db,
    );
    await sql`update users set suspended_at = created_at where id = ${suspended.userId}`.execute(database.db);
    const reused = newCall();
    await note(core, reused, {});
    const asked = [
      newCall({ caller: ended.call().caller }),
      newCall({ caller: suspended.call().caller }),
      newCall({ idempotencyKey: reused.idempotencyKey }),
    ];
    await codesOf(asked.map((call) => note(core, call, { other: true })));
    expect(await Promise.all(asked.map(outcomesOf))).toEqual([
      ['SESSION_ENDED'],
      ['USER_SUSPENDED'],
      ['IDEMPOTENCY_KEY_REUSED'],
    ]);
  });

  test('because the same call is being worked on is not told, nor what the clock finds done', async () => {
    const call = newCall();
    const wait = command('test.wait', async () => {
      expect(await codesOf([wait(core, call, {})])).toEqual(['COMMAND_IN_FLIGHT']);
      return { result: null };
    });
    await wait(core, call, {});
    expect(await outcomesOf(call)).toEqual(['done']);
    const clock = { ...clockCall('test.expire'), requestId: 'a-clock-that-came-late' };
    await codesOf([throwRefusal(core, clock, {})]);
    expect(await entriesOf(clock)).toEqual([]);
  });

  test('stands also where the log of it cannot be written, which is told in the log of the process', async () => {
    const call = newCall();
    logged.length = 0;
    await withoutLog(async () => {
      expect(await refusalOf(throwRefusal(core, call, {}))).toMatchObject({ code: 'HANDLE_TAKEN' });
    });
    expect(logged).toEqual([
      ['error', 'a refusal was not audited', expect.objectContaining({ requestId: call.requestId })],
    ]);
  });
});

describe('an audited read', () => {
  const readHandle = auditedQuery('test.readHandle', async (db, { userId }: { userId: string }, context) => {
    context.audit({ subjects: [{ type: 'user', id: userId }] });
    if (context.viewer.kind !== 'user') throw new Refused(refuse('ROLE_MISSING', { role: 'admin' }));
    const row = await db.selectFrom('users').select('handle').where('id', '=', userId).executeTakeFirst();
    return row?.handle ?? null;
  });

  test('is told before it is answered', async () => {
    const call = newCall();
    expect(await readHandle(core, call, { userId: user.userId })).toBe('demo_user');
    expect(await entriesOf(call)).toMatchObject([
      { kind: 'read', name: 'test.readHandle', outcome: 'done', subjects: [`user ${user.userId}`], data: {} },
    ]);
  });

  test('that is refused is told by its code', async () => {
    const call = newCall({ caller: { kind: 'anonymous' } });
    expect(await codesOf([readHandle(core, call, { userId: user.userId })])).toEqual(['ROLE_MISSING']);
    expect(await entriesOf(call)).toMatchObject([
      { kind: 'read', outcome: 'ROLE_MISSING', subjects: [`user ${user.userId}`] },
    ]);
  });

  test('of an ended session is told too', async () => {
    const ended = await makeTestUser(core, 'demo_reader_ended');
    await sql`update sessions set ended_at = created_at, ended_reason = 'test' where id = ${ended.sessionId}`.execute(
      database.db,
    );
    const call = newCall({ caller: ended.call().caller });
    expect(await codesOf([readHandle(core, call, { userId: user.userId })])).toEqual(['SESSION_ENDED']);
    expect(await outcomesOf(call)).toEqual(['SESSION_ENDED']);
  });

  test('that cannot be told is not answered', async () => {
    const call = newCall();
    await withoutLog(async () => {
      await expect(readHandle(core, call, { userId: user.userId })).rejects.toMatchObject({ code: '42501' });
    });
  });

  test('is not any other read', async () => {
    const call = newCall();
    const look = query('test.look', async () => 'seen');
    await look(core, call, {});
    expect(await entriesOf(call)).toEqual([]);
  });
});

describe('the log', () => {
  test.each([
    ['changed', "update audit_entries set outcome = 'done'"],
    ['shortened', 'delete from audit_entries'],
    ['emptied', 'truncate audit_entries'],
  ])('cannot be %s by the application or the owner', async (_how, text) => {
    for (const db of [database.db, database.owner]) {
      await expect(sql.raw(text).execute(db)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('cannot be written by the application but through its functions', async () => {
    const insert = sql`insert into audit_entries (id, occurred_at, kind, name, outcome, actor_kind, request_id,
      subjects, data) values (gen_random_uuid(), now(), 'command', 'x', 'done', 'user', 'x', '{}', '{}')`;
    await expect(insert.execute(database.db)).rejects.toMatchObject({ code: '42501' });
  });
});

test('a clock that finds nothing to do leaves no entries', async () => {
  const quiet = await createTestDatabase();
  const idle = createTestCore(quiet.db);
  const countEntries = async () => {
    const row = await quiet.db
      .selectFrom('audit_entries')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  };
  // The first round of reconciliation begins by itself and finds that the provider does not answer.
  for (const sweep of Object.values(sweeps)) await sweep(idle, 10);
  const before = await countEntries();
  for (const sweep of Object.values(sweeps)) await sweep(idle, 10);
  expect(await countEntries()).toBe(before);
  await quiet.drop();
});

/** While the application may not write the log. */
async function withoutLog(work: () => Promise<void>): Promise<void> {
  await sql`revoke execute on function write_audit_entry from errand_dash_application`.execute(
    database.owner,
  );
  try {
    await work();
  } finally {
    await sql`grant execute on function write_audit_entry to errand_dash_application`.execute(database.owner);
  }
}
