import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('each test database is migrated and empty', async () => {
  const offset = await database.db.selectFrom('clock_offset').selectAll().execute();
  expect(offset).toEqual([{ id: 1, offset_milliseconds: 0n, is_virtual: false }]);
  expect(await database.owner.selectFrom('users').selectAll().execute()).toEqual([]);
});

test('what one test database holds another does not', async () => {
  const other = await createTestDatabase();
  await sql`create table only_here (id int)`.execute(other.owner);
  await expect(sql`select from only_here`.execute(database.owner)).rejects.toMatchObject({ code: '42P01' });
  await other.drop();
});

test('ten test databases can be made at once', async () => {
  const databases = await Promise.all(Array.from({ length: 10 }, () => createTestDatabase()));
  expect(new Set(databases.map(({ name }) => name)).size).toBe(10);
  await Promise.all(databases.map(({ drop }) => drop()));
});

test('a dropped test database is gone even while somebody is connected', async () => {
  const dropped = await createTestDatabase();
  await sql`select 1`.execute(dropped.db);
  await dropped.drop();
  const { rows } = await sql`select from pg_database where datname = ${dropped.name}`.execute(database.db);
  expect(rows).toEqual([]);
});
