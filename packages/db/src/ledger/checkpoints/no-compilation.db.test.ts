import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

// PostgreSQL 15 took half a second to compile the reading of one balance, which itself takes a fraction of a millisecond.
test('what reads a table of one row and avoids sequential scans is not compiled', async () => {
  const { rows } = await sql<{ name: string; settings: string[] }>`
    select proname as name, proconfig as settings from pg_proc
      where 'enable_seqscan=off' = any (proconfig) and prosrc ~ 'checkpoint_horizon' order by 1`.execute(
    database.owner,
  );
  expect(rows.map(({ name }) => name)).toEqual(['fold_balances', 'unguarded_balance']);
  for (const { settings } of rows) expect(settings).toContain('jit=off');
});
