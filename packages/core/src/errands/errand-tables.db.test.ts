import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { escrowMachine } from '../escrow/index.ts';
import { errandClockEdges } from './advance-errands.sweep.ts';
import { errandMachine } from './errand.machine.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test.each([
  { table: 'errands', machine: errandMachine },
  { table: 'escrows', machine: escrowMachine },
])('$table take the states of the machine and no other', async ({ table, machine }) => {
  const { rows } = await sql<{ rules: string }>`select prosrc as rules from pg_trigger
    join pg_proc on pg_proc.oid = tgfoid
    where tgrelid = ${table}::regclass and tgname = ${`${table}_hold_together`} and tgenabled = 'O'`.execute(
    database.db,
  );
  const rule = new RegExp(`when \\(new\\.state in \\(([^)]*)\\)\\) is false then '${table}_state'`);
  const [, listed = ''] = rule.exec(rows[0]?.rules ?? '') ?? [];
  const states = [...listed.matchAll(/'(\w+)'/g)].map(([, state]) => state);
  expect(states.toSorted()).toEqual(Object.keys(machine).toSorted());
});

test.each(errandClockEdges)(
  'what is due for $event in $state is found by an index',
  async ({ state, at }) => {
    const column = at.replace('At', '_at');
    const { rows } = await sql<{ definition: string }>`select indexdef as definition from pg_indexes
    where tablename = 'errands'`.execute(database.db);
    const found = rows.filter(({ definition }) =>
      definition.includes(`(${column}, id) WHERE (state = '${state}'::text)`),
    );
    expect(found).toHaveLength(1);
  },
);
