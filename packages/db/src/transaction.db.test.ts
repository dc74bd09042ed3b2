import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb, createPool } from './pool.ts';
import { createFaultyPool } from './testing/cut-connection.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';
import {
  CommitUnknown,
  errorCode,
  inFramedTransaction,
  inTransaction,
  isPlanOutdated,
  onOneConnection,
  type Tx,
} from './transaction.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await sql`create table notes (id int4 primary key);
    grant select, insert, delete on notes to errand_dash_application`.execute(database.owner);
});
beforeEach(() => sql`delete from notes`.execute(database.owner));
afterAll(() => database.drop());

const poolOfOne = (given: { preparesStatements?: boolean } = {}) =>
  createPool({
    ...given,
    url: database.applicationUrl,
    connectionsMax: 1,
    applicationName: 'transaction-test',
    statementTimeoutSeconds: 5,
    waitSecondsMax: 5,
  });
const note = (tx: Tx, id: number) => sql`insert into notes values (${id})`.execute(tx);
const noteLast = (tx: Tx, id: number) => sql`insert into notes values (${id})`.compile(tx);
const notes = async () => {
  const { rows } = await sql<{ id: number }>`select id from notes order by id`.execute(database.db);
  return rows.map(({ id }) => id);
};
const noQuestion = () => Promise.resolve();
const first = CompiledQuery.raw('select 7 as seven') as CompiledQuery<{ seven: number }>;

test('the first statement is answered to the work, and the last is committed with it', async () => {
  const result = await inFramedTransaction(database.db, {
    first,
    ask: noQuestion,
    work: async (tx, rows) => {
      await note(tx, 1);
      return { result: rows, last: [noteLast(tx, 2)] };
    },
  });
  expect(result).toEqual([{ seven: 7 }]);
  expect(await notes()).toEqual([1, 2]);
});

test('what is asked with the first statement is answered to the work, and is undone with all else', async () => {
  const framed = (last: readonly CompiledQuery[]) =>
    inFramedTransaction(database.db, {
      first,
      ask: async (tx) =>
        (await sql<{ id: number }>`insert into notes values (8) returning id`.execute(tx)).rows,
      work: async (_tx, rows, asked) => ({ result: [...rows, ...asked], last }),
    });
  await expect(framed([CompiledQuery.raw('select 1 / 0')])).rejects.toMatchObject({ code: '22012' });
  expect(await notes()).toEqual([]);
  expect(await framed([])).toEqual([{ seven: 7 }, { id: 8 }]);
  expect(await notes()).toEqual([8]);
});

test('a question that fails ends the transaction before the work', async () => {
  const failed = inFramedTransaction(database.db, {
    first,
    ask: (tx) => sql`select 1 / 0`.execute(tx),
    work: () => Promise.reject(new Error('the work began')),
  });
  await expect(failed).rejects.toMatchObject({ code: '22012' });
});

test('statements on one connection travel together and answer each its own', async () => {
  const answers = await onOneConnection(database.db, (db) =>
    Promise.all(
      [1, 2, 3].map((id) =>
        sql<{ id: number; pid: number }>`select ${id}::int4 as id, pg_backend_pid() as pid`.execute(db),
      ),
    ),
  );
  const rows = answers.flatMap((answer) => answer.rows);
  expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(new Set(rows.map(({ pid }) => pid)).size).toBe(1);
});

test('a last statement that fails takes everything with it and is what is thrown', async () => {
  const failed = inFramedTransaction(database.db, {
    first,
    ask: noQuestion,
    work: async (tx) => {
      await note(tx, 1);
      return { result: null, last: [noteLast(tx, 1)] };
    },
  });
  await expect(failed).rejects.toMatchObject({ code: '23505' });
  expect(await notes()).toEqual([]);
});

test('a failing first statement ends the transaction before the work', async () => {
  const failed = inFramedTransaction(database.db, {
    first: CompiledQuery.raw('select 1 / 0'),
    ask: noQuestion,
    work: () => Promise.reject(new Error('the work began')),
  });
  await expect(failed).rejects.toMatchObject({ code: '22012' });
});

test('of statements sent at once, those after one that failed take no effect', async () => {
  const failed = inTransaction(database.db, (tx) =>
    Promise.all([note(tx, 1), sql`select 1 / 0`.execute(tx), note(tx, 2)]),
  );
  await expect(failed).rejects.toMatchObject({ code: '22012' });
  expect(await notes()).toEqual([]);
});

test('a branch of the work that goes on after another failed writes nothing once the transaction is over', async () => {
  let tooLate: Promise<unknown> = Promise.resolve();
  const failed = inTransaction(database.db, async (tx) => {
    const slow = async () => {
      await sql`select pg_sleep(0.1)`.execute(tx);
      await note(tx, 1);
    };
    tooLate = slow();
    await Promise.all([tooLate, Promise.reject(new Error('refused'))]);
  });
  await expect(failed).rejects.toThrow('refused');
  await expect(tooLate).rejects.toThrow('the transaction is over');
  expect(await notes()).toEqual([]);
});

test('nothing is written by the transaction that somebody goes on with after it was committed', async () => {
  const over = await inTransaction(database.db, async (tx) => ({ tx }));
  await expect(note(over.tx, 1)).rejects.toThrow('the transaction is over');
  expect(await notes()).toEqual([]);
});

test('a statement that was first prepared behind one that failed is prepared again', async () => {
  const pool = poolOfOne();
  const db = createDb(pool);
  const failed = inTransaction(db, (tx) =>
    Promise.all([sql`select 1 / ${0}::int4`.execute(tx), note(tx, 1)]),
  );
  await expect(failed).rejects.toMatchObject({ code: '22012' });
  await inTransaction(db, (tx) => note(tx, 2));
  expect(await notes()).toEqual([2]);
  await pool.end();
});

test('where values cannot be written nothing that was asked after them is sent, and the connection goes on', async () => {
  const pool = poolOfOne();
  const db = createDb(pool);
  const insert = 'insert into notes values ($1::text::int4)';
  const write = (value: unknown) =>
    inFramedTransaction(db, {
      first,
      ask: noQuestion,
      work: async () => ({ result: 0, last: [CompiledQuery.raw(insert, [value])] }),
    });
  for (const _ of [1, 2]) await expect(write({ whole: 1n })).rejects.toThrow('BigInt');
  expect(await notes()).toEqual([]);
  await write('3');
  expect(await notes()).toEqual([3]);
  await expect(write({ whole: 1n })).rejects.toThrow('BigInt');
  await write('4');
  expect(await notes()).toEqual([3, 4]);
  await pool.end();
});

test('statements that are asked at once answer their own rows, without loss', async () => {
  const answers = await inTransaction(database.db, (tx) =>
    Promise.all([
      sql`select ${9007199254740993n}::int8 as whole, ${'0.10'}::numeric as exact`.execute(tx),
      note(tx, 1),
      sql`select id as note, ${'2026-02-28'}::date as day from notes`.execute(tx),
      sql`delete from notes where id = ${1}`.execute(tx),
    ]),
  );
  expect(answers.map(({ rows }) => rows)).toEqual([
    [{ whole: 9007199254740993n, exact: '0.10' }],
    [],
    [{ note: 1, day: '2026-02-28' }],
    [],
  ]);
  expect(answers[3]?.numAffectedRows).toBe(1n);
});

test('statements are sent together without names, too, where the pool may not prepare them', async () => {
  const pool = poolOfOne({ preparesStatements: false });
  const db = createDb(pool);
  for (const id of [1, 3]) {
    await inFramedTransaction(db, {
      first,
      ask: noQuestion,
      work: async (tx) => {
        await Promise.all([note(tx, id), note(tx, id + 1)]);
        return { result: null, last: [sql`delete from notes where id = ${id}`.compile(tx)] };
      },
    });
  }
  expect(await notes()).toEqual([2, 4]);
  const { rows } = await sql`select name from pg_prepared_statements`.execute(db);
  expect(rows).toEqual([]);
  await pool.end();
});

test('of statements that are asked at once each whose plan is outdated is prepared anew when it is run again', async () => {
  await sql`create table narrowing (id int4, text text); grant select on narrowing to errand_dash_application`.execute(
    database.owner,
  );
  const pool = poolOfOne();
  const db = createDb(pool);
  const read = () =>
    inTransaction(db, (tx) =>
      Promise.all([note(tx, 1), sql`select * from narrowing where id = ${1}`.execute(tx), note(tx, 2)]),
    );
  await read();
  await sql`alter table narrowing drop column text; delete from notes`.execute(database.owner);
  await expect(read()).rejects.toSatisfy(isPlanOutdated);
  expect(await notes()).toEqual([]);
  await read();
  expect(await notes()).toEqual([1, 2]);
  await pool.end();
});

test('statements that are asked at once are answered at once', async () => {
  const pool = poolOfOne();
  const client = await pool.connect();
  let answers = 0;
  client.connection.on('readyForQuery', () => {
    answers += 1;
  });
  client.release();
  await inFramedTransaction(createDb(pool), {
    first: noteLast(database.db as Tx, 1),
    ask: noQuestion,
    work: async (tx) => {
      await Promise.all([note(tx, 2), note(tx, 3), note(tx, 4)]);
      return { result: null, last: [noteLast(tx, 5), noteLast(tx, 6)] };
    },
  });
  expect(answers).toBe(3);
  expect(await notes()).toEqual([1, 2, 3, 4, 5, 6]);
  await pool.end();
});

test('an error that the work swallowed still fails the transaction by its last statement', async () => {
  const failed = inFramedTransaction(database.db, {
    first,
    ask: noQuestion,
    work: async (tx) => {
      await note(tx, 1);
      await sql`select 1 / 0`.execute(tx).catch(() => undefined);
      return { result: null, last: [CompiledQuery.raw('select')] };
    },
  });
  await expect(failed).rejects.toMatchObject({ code: '25P02' });
  expect(await notes()).toEqual([]);
});

test.each([
  ['begin', 1, 'before', []],
  ['begin', 1, 'after', []],
  ['the first statement', 2, 'after', []],
  ['the work', 3, 'after', []],
  ['the last statement', 4, 'before', []],
  ['commit', 5, 'after', [1, 2]],
] as const)('a connection that dies at %s (%i, %s) leaves all or nothing', async (_, cutAt, when, left) => {
  const { pool } = createFaultyPool(database.applicationUrl, { cutAt, when });
  const failed = inFramedTransaction(createDb(pool), {
    first,
    ask: noQuestion,
    work: async (tx) => {
      await note(tx, 1);
      return { result: null, last: [noteLast(tx, 2)] };
    },
  });
  const error: unknown = await failed.catch((thrown: unknown) => thrown);
  expect(error instanceof CommitUnknown).toBe(cutAt >= 4);
  if (cutAt < 4)
    expect(errorCode(error) ?? String(error)).toMatch(/^(ECONNRESET|EPIPE|Error: Connection|ERR_)/);
  expect(await notes()).toEqual(left);
  await pool.end();
});
