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
  { constraint: 'errands_state', machine: errandMachine },
  { constraint: 'escrows_state', machine: escrowMachine },
])('$constraint allows the states of the machine and no other', async ({ constraint, machine }) => {
  const { rows } = await sql<{ definition: string }>`select pg_get_constraintdef(oid) as definition
    from pg_constraint where conname = ${constraint}`.execute(database.db);
  const states = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'::text/g)].map(([, state]) => state);
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
