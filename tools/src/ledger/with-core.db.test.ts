import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Core } from '@errand-dash/core';
import { makeClockVirtual } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepDevelopmentSecrets } from '../supervisor/development-secrets.ts';
import { withCore } from './with-core.ts';

let database: TestDatabase;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-core-'));
  environment = {
    ...keepDevelopmentSecrets(path.join(folder, 'secrets.json')),
    DATABASE_URL: database.applicationUrl,
    PUBLIC_URL: 'http://localhost:4000',
    RP_ID: 'localhost',
    RP_ORIGINS: 'http://localhost:4000',
  };
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

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
  expect(await withCore(environment, { name, writes }, nameOf)).toBe(`errand-dash-${name}`);
});

test('who writes is refused a database whose time is another, and who only reads is not', async () => {
  await makeClockVirtual(database.ownerUrl, 3600);
  const asked = async (writes: boolean) => withCore(environment, { name: 'admin', writes }, nameOf);
  await expect(asked(true)).rejects.toThrow('CLOCK must be virtual for this database');
  expect(await asked(false)).toBe('errand-dash-admin');
});
