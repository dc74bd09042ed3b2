import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createDb, createPool, PoolExhausted, type PoolOptions } from './pool.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';
import { isConnectionLost, isPlanOutdated } from './transaction.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function poolOf(options: Partial<PoolOptions> = {}): pg.Pool {
  return createPool({
    url: database.applicationUrl,
    connectionsMax: 1,
    applicationName: 'pool-test',
    statementTimeoutSeconds: 5,
    waitSecondsMax: 5,
    ...options,
  });
}

test('each type arrives without loss', async () => {
  const { rows } = await sql`select
    9223372036854775807::int8 as whole, array[1, null, -2]::int8[] as wholes, 7::int4 as small,
    12.30::numeric as exact, array[0.1, 12.30]::numeric[] as exacts,
    '2026-02-28'::date as day, array['2026-02-28']::date[] as days,
    '2026-02-28T23:30:00+01:00'::timestamptz as instant, '{"a": 1}'::jsonb as document, '\\x00ff'::bytea as bytes
  `.execute(database.db);
  expect(rows[0]).toEqual({
    whole: 9223372036854775807n,
    wholes: [1n, null, -2n],
    small: 7,
    exact: '12.30',
    exacts: ['0.1', '12.30'],
    day: '2026-02-28',
    days: ['2026-02-28'],
    instant: new Date('2026-02-28T22:30:00Z'),
    document: { a: 1 },
    bytes: Buffer.from([0, 255]),
  });
});

test('a bigint goes out whole', async () => {
  const { rows } = await sql<{ sum: bigint }>`select ${9007199254740993n}::int8 + 1 as sum`.execute(
    database.db,
  );
  expect(rows[0]?.sum).toBe(9007199254740994n);
});

const values: [what: string, type: string, value: unknown, back?: unknown][] = [
  ['a text', 'text', 'Ọjà ₦ 🍅 "\\'],
  ['an empty text', 'text', ''],
  ['half of a character', 'text', '\ud83c', '\ufffd'],
  ['a text longer than a piece of memory', 'text', 'Ọ'.repeat(100_000)],
  ['nothing', 'text', null],
  ['undefined', 'text', undefined, null],
  ['a number', 'int4', -7],
  ['a fraction', 'float8', 0.1],
  ['a bigint', 'int8', -9007199254740993n],
  ['a truth value', 'bool', false],
  ['bytes', 'bytea', Buffer.from([0, 255, 39])],
  ['no bytes', 'bytea', Buffer.alloc(0)],
  ['bytes in the midst of others', 'bytea', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), Buffer.from([2, 3])],
  ['an instant', 'timestamptz', new Date('2026-02-28T22:30:00.123Z')],
  ['an instant in a far year', 'timestamptz', new Date('+012026-02-28T22:30:00.123Z')],
  ['an instant before our era', 'timestamptz', new Date('-000043-03-15T12:00:00.000Z')],
  ['a list', 'text[]', ['a"b', null, 'c\\d']],
  ['an object', 'jsonb', { a: [1, null] }],
];
test.each(values)('%s arrives and comes back', async (_, type, value, back = value) => {
  const pool = poolOf();
  const text = `select $1::${type} as value, $2::text as behind, $3::bytea as bytes`;
  const { rows } = await pool.query(text, [value, 'behind', Buffer.from('bytes')]);
  expect(rows).toEqual([{ value: back, behind: 'behind', bytes: Buffer.from('bytes') }]);
  const alone = await pool.query(`select $1::${type} as value`, [value]);
  expect(alone.rows).toEqual([{ value: back }]);
  await pool.end();
});

test('many statements of all lengths arrive whole', async () => {
  const pool = poolOf();
  const texts = Array.from({ length: 400 }, (_, index) => `₦${index}`.repeat(index));
  const answers = await Promise.all(
    texts.map((text) => pool.query<{ text: string }>('select $1::text as text', [text])),
  );
  expect(answers.flatMap(({ rows }) => rows.map(({ text }) => text))).toEqual(texts);
  await pool.end();
});

test('a result tells the command, how many rows and their names, each time', async () => {
  const pool = poolOf();
  const text = 'select id, id as twice from generate_series(1, $1::int4) as id';
  for (const count of [2, 0, 3]) {
    const { command, rowCount, fields, rows } = await pool.query(text, [count]);
    expect({ command, rowCount, names: fields.map(({ name }) => name) }).toEqual({
      command: 'SELECT',
      rowCount: count,
      names: ['id', 'twice'],
    });
    expect(rows.length).toBe(count);
  }
  await pool.end();
});

test('how the rows of a prepared statement are read is asked for once on a connection', async () => {
  const pool = poolOf();
  const client = await pool.connect();
  let described = 0;
  client.connection.on('rowDescription', () => {
    described += 1;
  });
  for (const number of [1, 2, 3]) {
    const { rows } = await client.query('select $1::int8 as whole', [number]);
    expect(rows).toEqual([{ whole: BigInt(number) }]);
  }
  expect(described).toBe(1);
  client.release();
  await pool.end();
});

test('a statement with parameters is prepared once on a connection, where the pool does that at all', async () => {
  const prepared = `select statement, generic_plans + custom_plans as calls from pg_prepared_statements
    where statement like '% as sum'`;
  for (const preparesStatements of [true, false]) {
    const pool = poolOf({ preparesStatements });
    for (const number of [1, 2, 3]) {
      const { rows } = await pool.query('select $1::int4 + 1 as sum', [number]);
      expect(rows).toEqual([{ sum: number + 1 }]);
    }
    const { rows } = await pool.query(prepared);
    expect(rows).toEqual(preparesStatements ? [{ statement: 'select $1::int4 + 1 as sum', calls: 3n }] : []);
    await pool.end();
  }
});

test('a statement whose columns a migration has changed fails once and is prepared anew', async () => {
  await sql`create table shrinking (id int4, note text); grant select on shrinking to errand_dash_application`.execute(
    database.owner,
  );
  const pool = poolOf();
  const read = () => pool.query('select * from shrinking where id = $1', [1]);
  await read();
  await sql`alter table shrinking drop column note`.execute(database.owner);
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  expect(isPlanOutdated(error)).toBe(true);
  expect((await read()).fields.map(({ name }) => name)).toEqual(['id']);
  await pool.end();
});

test('other clients of pg in the process keep the usual types', async () => {
  const client = new pg.Client({ connectionString: database.applicationUrl });
  await client.connect();
  const { rows } = await client.query('select 1::int8 as whole');
  await client.end();
  expect(rows).toEqual([{ whole: '1' }]);
});

test('who waits too long for a connection is refused with PoolExhausted, and is served later', async () => {
  const pool = poolOf({ waitSecondsMax: 0.2 });
  const db = createDb(pool);
  const held = await pool.connect();
  await expect(pool.connect()).rejects.toBeInstanceOf(PoolExhausted);
  await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' });
  await expect(sql`select 1`.execute(db)).rejects.toBeInstanceOf(PoolExhausted);
  held.release();
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  await db.destroy();
});

test('a server without a free connection is PoolExhausted too', async () => {
  const pool = poolOf();
  const name = pg.escapeIdentifier(new URL(database.applicationUrl).pathname.slice(1));
  await onServer(`alter database ${name} connection limit 0`);
  await expect(pool.query('select 1')).rejects.toBeInstanceOf(PoolExhausted);
  await onServer(`alter database ${name} connection limit -1`);
  expect(await backendOf(pool)).toBeGreaterThan(0);
  await pool.end();
});

test('a wrong password is not taken for an exhausted pool', async () => {
  const url = new URL(database.applicationUrl);
  url.password = 'wrong';
  const pool = poolOf({ url: url.href });
  await expect(pool.query('select 1')).rejects.toMatchObject({ code: '28P01' });
  await pool.end();
});

test('the server ends a statement that runs too long', async () => {
  const pool = poolOf({ statementTimeoutSeconds: 0.1 });
  await expect(pool.query('select pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
  await pool.end();
});

test('a connection lost while idle is reported and replaced', async () => {
  let report: (error: Error) => void;
  const reported = new Promise<Error>((resolve) => {
    report = resolve;
  });
  const pool = poolOf({ onConnectionLost: (error) => report(error) });
  const pid = await backendOf(pool);
  await endBackend(pid);
  expect(await reported).toMatchObject({ code: '57P01' });
  expect(await backendOf(pool)).not.toBe(pid);
  await pool.end();
});

test('a connection lost between two statements of a transaction fails the next and not the process', async () => {
  const pool = poolOf();
  const client = await pool.connect();
  const { rows } = await client.query('begin; select pg_backend_pid() as pid').then(last);
  const ended = new Promise((resolve) => client.once('end', () => resolve(undefined)));
  await endBackend(rows[0].pid);
  await ended;
  await expect(client.query('select 1')).rejects.toSatisfy(isConnectionLost);
  client.release();
  expect(await backendOf(pool)).not.toBe(rows[0].pid);
  await pool.end();
});

test('sslmode in the url asks for TLS, which a server without it cannot give', async () => {
  const url = new URL(database.applicationUrl);
  url.searchParams.set('sslmode', 'verify-full');
  const pool = poolOf({ url: url.href });
  await expect(pool.query('select 1')).rejects.toThrow(/SSL|certificate/);
  await pool.end();
});

function last(results: pg.QueryResult | pg.QueryResult[]): pg.QueryResult {
  const result = [results].flat().at(-1);
  if (result === undefined) throw new Error('No result.');
  return result;
}

async function backendOf(pool: pg.Pool): Promise<number> {
  return (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;
}

async function endBackend(pid: number): Promise<void> {
  await onServer('select pg_terminate_backend($1, 5000)', [pid]);
}

/** From another database, as the limit of this one holds for its connections too. */
async function onServer(statement: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: inject('testServer').superuserUrl });
  await client.connect();
  await client.query(statement, values);
  await client.end();
}
