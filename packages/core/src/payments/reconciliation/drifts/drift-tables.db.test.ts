import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stepsInOrder } from '../runs/reconciliation-steps.ts';
import { driftMachine } from './drift.machine.ts';
import { driftKinds } from './drift-kinds.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test.each([
  ['drifts_kind', Object.keys(driftKinds)],
  ['drifts_state', Object.keys(driftMachine)],
  ['reconciliation_steps_step', stepsInOrder],
])('%s allows what the table in core has and nothing else', async (constraint, names) => {
  const { rows } = await sql<{ definition: string }>`select pg_get_constraintdef(oid) as definition
    from pg_constraint where conname = ${constraint}`.execute(database.db);
  const allowed = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'::text/g)].map(([, name]) => name);
  expect(allowed.toSorted()).toEqual(names.toSorted());
});

test('what was read, found and said of it cannot be changed by the application', async () => {
  for (const change of [
    sql`update drifts set cause = 'nothing'`,
    sql`update drifts set amount_minor = 0`,
    sql`update provider_book_rows set difference_minor = 0`,
    sql`delete from drifts`,
    sql`delete from provider_book_rows`,
    sql`delete from reconciliation_runs`,
  ]) {
    await expect(change.execute(database.db)).rejects.toThrow('permission denied');
  }
});
