import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditedQuery } from './audit/index.ts';
import { query } from './query.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from './testing/test-core.ts';
import { withFreshPlans } from './with-fresh-plans.ts';

let database: TestDatabase;
let core: TestCore;
let person: TestUser;
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  person = await makeTestUser(core, 'demo_reader');
});
afterAll(() => database.drop());

describe('a read over a migration', () => {
  test.each(['query', 'auditedQuery'] as const)('is answered, as a %s, on every connection', async (kind) => {
    const table = sql.id(`shrinking_${kind.toLowerCase()}`);
    await sql`create table ${table} (id int4, note text)`.execute(database.owner);
    await sql`grant select on ${table} to errand_dash_application`.execute(database.owner);
    let begun = 0;
    const read = async (db: typeof core.db, id: number) => {
      begun += 1;
      // Long enough that all connections of the pool are taken.
      await sql`select pg_sleep(0.02)`.execute(db);
      return (await sql`select * from ${table} where id = ${id}`.execute(db)).rows;
    };
    const readAll =
      kind === 'query'
        ? query('test.readShrinking', (db, id: number) => read(db, id))
        : auditedQuery('test.readShrinking', (db, id: number) => read(db, id));
    const tenAtOnce = () => Promise.all(Array.from({ length: 10 }, () => readAll(core, person.call(), 1)));
    await tenAtOnce();
    await sql`alter table ${table} drop column note`.execute(database.owner);
    begun = 0;
    expect(await tenAtOnce()).toEqual(Array(10).fill([]));
    expect(begun).toBeGreaterThan(10);
    if (kind === 'query') return;
    // What failed on the way is told by nobody, and every answer once.
    const { rows } = await sql`select outcome from audit_entries where name = 'test.readShrinking'`.execute(
      database.db,
    );
    expect(rows).toEqual(Array(20).fill({ outcome: 'done' }));
  });
});

describe('reading again', () => {
  const outdated = () =>
    Object.assign(new Error('cached plan must not change result type'), { code: '0A000' });
  const failing = (error: Error) => {
    let calls = 0;
    const read = () => {
      calls += 1;
      return Promise.reject(error);
    };
    return { read, calls: () => calls };
  };

  test('comes to an end', async () => {
    const error = outdated();
    const { read, calls } = failing(error);
    await expect(withFreshPlans(read)).rejects.toBe(error);
    expect(calls()).toBe(6);
  });

  test('is for outdated plans alone', async () => {
    const error = Object.assign(new Error('cursor can only scan forward'), { code: '0A000' });
    const { read, calls } = failing(error);
    await expect(withFreshPlans(read)).rejects.toBe(error);
    expect(calls()).toBe(1);
  });
});
