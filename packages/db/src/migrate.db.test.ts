import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MigrationFailed, migrateToLatest } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const existing = Object.keys(migrations);

function withNew(...names: string[]): Record<string, Migration> {
  const made = names.map((name) => [name, { up: (db: Kysely<unknown>) => createTable(db, name) }]);
  return { ...migrations, ...Object.fromEntries(made) };
}

async function createTable(db: Kysely<unknown>, name: string): Promise<void> {
  // Long enough for the others to come while it runs.
  await sql`select pg_sleep(0.2)`.execute(db);
  await db.schema.createTable(name).addColumn('id', 'integer').execute();
}

async function tables(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where tablename like '9%' order by 1`.execute(database.db);
  return rows.map(({ name }) => name);
}

test('a migrated database has nothing left to run', async () => {
  expect(existing.length).toBeGreaterThan(0);
  expect(await migrateToLatest({ ownerUrl: database.ownerUrl, migrations })).toEqual([]);
});

test('of five migrations at once one does the work and all succeed', async () => {
  const runs = Array.from({ length: 5 }, () =>
    migrateToLatest({ ownerUrl: database.ownerUrl, migrations: withNew('9001-a', '9002-b') }),
  );
  expect((await Promise.all(runs)).flat()).toEqual(['9001-a', '9002-b']);
  expect(await tables()).toEqual(['9001-a', '9002-b']);
});

test('a failing migration is named, and undoes those that ran with it', async () => {
  const failing = {
    ...withNew('9001-a', '9002-b', '9003-c'),
    '9004-fails': { up: (db: Kysely<unknown>) => sql`select 1 / 0`.execute(db).then(() => undefined) },
  };
  const error: unknown = await migrateToLatest({ ownerUrl: database.ownerUrl, migrations: failing }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MigrationFailed);
  expect(error).toMatchObject({ code: 'MIGRATION_FAILED', migrationName: '9004-fails' });
  expect(error).toHaveProperty('message', 'Migration 9004-fails failed: division by zero');
  expect(await tables()).toEqual(['9001-a', '9002-b']);
});

test('a migration that disappeared is refused', async () => {
  const run = migrateToLatest({ ownerUrl: database.ownerUrl, migrations: withNew('9002-b') });
  await expect(run).rejects.toMatchObject({ migrationName: null });
});

test('the application cannot migrate', async () => {
  const run = migrateToLatest({
    ownerUrl: database.applicationUrl,
    migrations: withNew('9001-a', '9002-b', '9005'),
  });
  await expect(run).rejects.toBeInstanceOf(MigrationFailed);
});
