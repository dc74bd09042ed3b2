import type { Core } from '@errand-dash/core';
import { makeClockVirtual } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestSystem, type TestSystem } from '../testing/test-system.ts';
import { withCore } from './with-core.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await createTestSystem();
});
afterAll(() => system.drop());

async function nameOf(core: Core): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`select current_setting('application_name') as name`.execute(
    core.db,
  );
  return rows[0]?.name;
}

test.each([
  ['ledger', false],
  ['audit', false],
  ['admin', true],
])('the connections of %s bear its name', async (name, writes) => {
  expect(await withCore(system.environment, { name, writes }, nameOf)).toBe(`errand-dash-${name}`);
});

test('who writes is refused a database whose time is another, and who only reads is not', async () => {
  await makeClockVirtual(system.database.ownerUrl, 3600);
  const asked = async (writes: boolean) => withCore(system.environment, { name: 'admin', writes }, nameOf);
  await expect(asked(true)).rejects.toThrow('CLOCK must be virtual for this database');
  expect(await asked(false)).toBe('errand-dash-admin');
});
