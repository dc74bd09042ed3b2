import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { applicationGroup, createDatabaseRoles } from './roles.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const denied = { code: '42501' };

test.each([
  ['create a table', 'create table mine (id int)'],
  ['create a temporary table', 'create temporary table mine (id int)'],
  ['create a schema', 'create schema mine'],
  ['create a role', 'create role mine'],
  ['create a database', 'create database mine'],
  ['become the owner', 'set role "OWNER"'],
  ['change its group', `alter role ${applicationGroup} superuser`],
  ['drop a table', 'drop table clock_offset'],
  ['set the clock', 'update clock_offset set offset_milliseconds = 1'],
  ['give a session to another', 'update sessions set user_id = user_id'],
  ['put another key in the place of a passkey', "update passkeys set public_key = ''"],
  ['put one spent ceremony in the place of another', 'update spent_ceremonies set id = id'],
  ['change a code', "update verifications set code_hash = ''"],
  ['change a refresh token', "update refresh_tokens set token_hash = ''"],
  ['change an answer', "update commands set answer_sealed = ''"],
  ['read a file of the server', "select pg_read_file('postgresql.conf')"],
  ['run a program on the server', "copy clock_offset to program 'true'"],
])('the application cannot %s', async (_act, statement) => {
  const text = statement.replace('OWNER', new URL(database.ownerUrl).username);
  await expect(sql.raw(text).execute(database.db)).rejects.toMatchObject(denied);
});

test('neither the application nor the owner forgets a command that moved money', async () => {
  await sql`insert into commands (actor, command, key, input_hash, answer_sealed, created_at) values
    ('user demo', 'test.pay', 'paid-key-1', '', '', now())`.execute(database.db);
  for (const db of [database.db, database.owner]) {
    await expect(sql`delete from commands`.execute(db)).rejects.toMatchObject(denied);
  }
});

test('neither login is a superuser or may make roles or databases', async () => {
  const { rows } = await sql`
    select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as is_mighty, rolcanlogin
    from pg_roles where rolname in (
      ${new URL(database.ownerUrl).username}, ${new URL(database.applicationUrl).username})
  `.execute(database.db);
  expect(rows).toEqual([
    { is_mighty: false, rolcanlogin: true },
    { is_mighty: false, rolcanlogin: true },
  ]);
});

test('the group cannot log in', async () => {
  const { rows } =
    await sql`select rolcanlogin, rolsuper from pg_roles where rolname = ${applicationGroup}`.execute(
      database.db,
    );
  expect(rows).toEqual([{ rolcanlogin: false, rolsuper: false }]);
});

test('who is neither owner nor application cannot connect to the database', async () => {
  const { rows } = await sql<{ access: string[] }>`
    select datacl::text[] as access from pg_database where datname = current_database()`.execute(database.db);
  expect(rows[0]?.access.filter((entry) => entry.startsWith('='))).toEqual([]);
});

test('roles and database made by five at once are one set that works', async () => {
  const server = inject('testServer');
  const name = `${server.prefix}_${randomBytes(4).toString('hex')}`;
  const input = {
    superuserUrl: server.superuserUrl,
    database: name,
    ownerName: `${name}_owner`,
    applicationName: `${name}_api`,
    passwords: { owner: 'demo-owner', application: 'demo-application' },
  };
  const made = await Promise.all(Array.from({ length: 5 }, () => createDatabaseRoles(input)));
  expect(new Set(made.map((urls) => JSON.stringify(urls))).size).toBe(1);
  expect(await whoIs(made[0]?.ownerUrl ?? '')).toEqual({ login: input.ownerName, owns: true });
  expect(await whoIs(made[0]?.applicationUrl ?? '')).toEqual({ login: input.applicationName, owns: false });
});

async function whoIs(url: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    `select current_user as login, pg_get_userbyid(datdba) = current_user as owns
     from pg_database where datname = current_database()`,
  );
  await client.end();
  return rows[0];
}
