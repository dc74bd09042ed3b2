import { execFile } from 'node:child_process';
import path from 'node:path';
import { createDb, createPool, migrations } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './house-files.ts';

let database: TestDatabase;
/** Of an empty database beside it, as the owner. */
let emptyUrl: string;
let emptyName: string;

beforeAll(async () => {
  database = await createTestDatabase();
  emptyName = `${database.name}_empty`;
  const address = new URL(database.ownerUrl);
  await asSuperuser(sql`create database ${sql.id(emptyName)} owner ${sql.id(address.username)}`);
  address.pathname = `/${emptyName}`;
  emptyUrl = address.href;
});
afterAll(async () => {
  await asSuperuser(sql`drop database if exists ${sql.id(emptyName)} with (force)`);
  await database.drop();
});

async function asSuperuser(statement: ReturnType<typeof sql>): Promise<void> {
  const limits = { connectionsMax: 1, statementTimeoutSeconds: 30, waitSecondsMax: 10 };
  const db = createDb(createPool({ url: database.superuserUrl, applicationName: 'migrate-test', ...limits }));
  await statement.execute(db).finally(() => db.destroy());
}

const migrate = (ownerUrl: string, ...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const script = path.join(root, 'tools/src/migrate.ts');
    const env = { PATH: process.env.PATH, MIGRATION_DATABASE_URL: ownerUrl };
    const child = execFile(process.execPath, [script, ...args], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

test('an empty database is brought up to date once, by one of two at the same time', async () => {
  const both = await Promise.all([migrate(emptyUrl), migrate(emptyUrl)]);
  expect(both.map(({ code, err }) => [code, err])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const told = both.flatMap(({ out }) => out.split('\n').filter((line) => line.startsWith('Migrated: ')));
  expect(told).toEqual([`Migrated: ${Object.keys(migrations).join(', ')}.`]);
  expect(await migrate(emptyUrl)).toEqual({ code: 0, out: 'The database is up to date.\n', err: '' });
}, 60_000);

test('without the login of the owner it says so and does nothing', async () => {
  const { code, err } = await migrate('');
  expect(code).toBe(1);
  expect(err).toContain('MIGRATION_DATABASE_URL is missing');
});

test('a login that may not migrate is refused', async () => {
  const { code, out } = await migrate(database.applicationUrl.replace(database.name, emptyName));
  expect(code).toBe(1);
  expect(out).toBe('');
});

test('it takes no arguments', async () => {
  expect(await migrate(emptyUrl, '--help')).toMatchObject({
    code: 2,
    err: expect.stringContaining('npm run migrate'),
  });
});
