import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Those that every command calls, and whose bodies name their schemas. */
const unpinned = [
  'begin_command',
  'check_errands',
  'check_escrows',
  'check_passkeys',
  'finish_command',
  'refuse_unless_posted',
];

test('a function that runs as its owner, or judges a row, pins its path or names its schemas', async () => {
  const { rows } = await sql<{ proname: string }>`
    select proname from pg_proc
    where pronamespace = 'public'::regnamespace and (prosecdef or prorettype = 'trigger'::regtype)
      and not coalesce(proconfig, '{}') @> '{"search_path=pg_catalog, public, pg_temp"}'
    order by proname`.execute(database.owner);
  // The tests of the ledger's guards hold what these name.
  const allowed = ['post_transfer', 'require_posting', ...unpinned];
  expect(rows.map(({ proname }) => proname).filter((name) => !allowed.includes(name))).toEqual([]);
});

test('in a function without a path of its own every table, and every type that it casts to, has its schema', async () => {
  const { rows } = await sql<{ name: string; body: string }>`
    select proname as name, prosrc as body from pg_proc where proname = any(${`{${unpinned}}`}::text[])`.execute(
    database.owner,
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(unpinned);
  for (const { name, body } of rows) {
    const named = [...body.matchAll(/(?:\bfrom|\bjoin|\binsert into|\bupdate|::)\s*([a-z_."]+)/g)];
    for (const [, table = ''] of named) expect(table, name).toMatch(/^(public|pg_catalog)\./);
    const declared = /declare([\s\S]*?)begin/.exec(body)?.[1] ?? '';
    for (const [, type = ''] of declared.matchAll(/^\s*[a-z_]+ ([a-z_.]+)/gm)) {
      expect(type, name).toMatch(/^pg_catalog\./);
    }
  }
});

test('whoever may make temporary things only fools himself', async () => {
  const user = new URL(database.applicationUrl).username;
  const name = new URL(database.applicationUrl).pathname.slice(1);
  await sql`grant temporary on database ${sql.id(name)} to ${sql.id(user)}`.execute(database.owner);
  const written = database.db.transaction().execute(async (tx) => {
    const tables = ['events', 'notice_queue', 'commands', 'audit_entries'];
    for (const table of tables) {
      await sql`create temporary table ${sql.id(table)} (like public.${sql.id(table)})`.execute(tx);
    }
    // The name of a table is that of a type, too.
    for (const type of ['text', 'jsonb', 'uuid', 'xid8']) {
      await sql`create temporary table ${sql.id(type)} (mine int4)`.execute(tx);
    }
    await sql`create function pg_temp.cardinality(uuid[]) returns int4 language sql as 'select 0'`.execute(
      tx,
    );
    await sql`set local search_path = pg_temp, public, pg_catalog`.execute(tx);
    const id = '01990000-0000-7000-8000-000000000001';
    await sql`select public.finish_command('user demo', 'test.hostile', 'hostile-key-1', '', '', now(), null, 'user',
      null, array[${id}]::pg_catalog.uuid[], '{errand.posted}', '{errand}', array[${id}]::pg_catalog.uuid[],
      array[${`{${id}}`}]::pg_catalog.text[], '{"{}"}', ${id}::pg_catalog.uuid, 'done', null, null, null, null, 'hostile', '{}', '{}')`.execute(
      tx,
    );
    const { rows } = await sql`select
      (select count(*) from public.events where subject_id = ${id}::pg_catalog.uuid) as events,
      (select count(*) from public.notice_queue where event_id = ${id}::pg_catalog.uuid) as queued,
      (select count(*) from public.commands where command = 'test.hostile') as commands,
      (select count(*) from public.audit_entries where name = 'test.hostile') as entries`.execute(tx);
    return rows;
  });
  expect(await written).toEqual([{ events: 1n, queued: 1n, commands: 1n, entries: 1n }]);
});
