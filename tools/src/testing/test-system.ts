import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { coreSettings, createCore, readSettings } from '@errand-dash/core';
import type { TestCore } from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { keepDevelopmentSecrets } from '../supervisor/development-secrets.ts';

/** What a command finds on the server that it works on: settings, and a database of a test's own. */
export interface TestSystem {
  database: TestDatabase;
  /** Where its secrets and the files of its heads are. */
  folder: string;
  environment: Record<string, string>;
  /** By the same settings; it seals at once. */
  core: TestCore;
  drop: () => Promise<void>;
}

export async function createTestSystem(): Promise<TestSystem> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-system-'));
  const environment = {
    ...keepDevelopmentSecrets(path.join(folder, 'secrets.json')),
    DATABASE_URL: database.applicationUrl,
    PUBLIC_URL: 'http://localhost:4000',
    RP_ID: 'localhost',
    RP_ORIGINS: 'http://localhost:4000',
    LEDGER_HEADS_FILE: path.join(folder, 'ledger-heads.jsonl'),
    AUDIT_HEADS_FILE: path.join(folder, 'audit-heads.jsonl'),
  };
  const settings = readSettings(coreSettings, environment);
  const made = createCore(settings, { db: database.db, wake: () => undefined, log: () => undefined });
  return {
    database,
    folder,
    environment,
    core: { ...made, policy: { ...made.policy, sealAfterSeconds: 0 }, woken: [], sent: [] },
    async drop() {
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
