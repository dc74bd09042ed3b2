import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../pool.ts';
import type { Database } from '../tables/database.ts';
import { isConnectionLost } from '../transaction.ts';
import { createFaultyPool, type Fault } from './cut-connection.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await sql`create table notes (text text not null)`.execute(database.owner);
});
beforeEach(() => sql`truncate notes`.execute(database.owner));
afterAll(() => database.drop());

/** Four statements: begin, insert, insert, commit. */
async function addTwoNotes(db: Kysely<Database>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`insert into notes values ('first')`.execute(tx);
    await sql`insert into notes values ('second')`.execute(tx);
  });
}

async function addUnder(fault: Fault) {
  const { pool, statements, hasStruck } = createFaultyPool(database.ownerUrl, fault);
  const db = createDb(pool);
  const error: unknown = await addTwoNotes(db).catch((reason: unknown) => reason);
  await sql`select 1`.execute(db);
  await db.destroy();
  const { rows } = await sql<{ count: bigint }>`select count(*) from notes`.execute(database.owner);
  return { error, notes: rows[0]?.count, statements, hasStruck: hasStruck() };
}

test.each([
  [{ cutAt: 1, when: 'before' }, 0n],
  [{ cutAt: 1, when: 'after' }, 0n],
  [{ cutAt: 2, when: 'before' }, 0n],
  [{ cutAt: 2, when: 'after' }, 0n],
  [{ cutAt: 3, when: 'before' }, 0n],
  [{ cutAt: 3, when: 'after' }, 0n],
  [{ cutAt: 4, when: 'before' }, 0n],
  [{ cutAt: 4, when: 'after' }, 2n],
] as const)('a connection cut at %o fails the caller and leaves %s notes', async (fault, left) => {
  const { error, notes } = await addUnder(fault);
  expect(isConnectionLost(error)).toBe(true);
  expect(notes).toBe(left);
});

test.each(['40001', '40P01'] as const)('error %s at a statement aborts the transaction', async (code) => {
  const { error, notes, statements } = await addUnder({ raiseAt: 3, code });
  expect(error).toMatchObject({ code });
  expect(isConnectionLost(error)).toBe(false);
  expect(notes).toBe(0n);
  expect(statements).toEqual([
    'begin',
    "insert into notes values ('first')",
    "insert into notes values ('second')",
    'rollback',
    'select 1',
  ]);
});

test('a fault beyond the last statement does not strike', async () => {
  const { error, notes, hasStruck } = await addUnder({ cutAt: 6, when: 'before' });
  expect(error).toBeUndefined();
  expect(notes).toBe(2n);
  expect(hasStruck).toBe(false);
});
