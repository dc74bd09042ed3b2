import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import { createDb, createPool } from '../pool.ts';
import { createOwnedDatabase, urlFor } from '../roles.ts';
import type { Database } from '../tables/database.ts';
import type { TestServer } from './test-server.ts';
import { withClient } from './with-client.ts';

export type TestDatabase = {
  readonly name: string;
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  /** This database as who may create roles and databases. */
  readonly superuserUrl: string;
  /** As the application sees it. */
  readonly db: Kysely<Database>;
  readonly owner: Kysely<Database>;
  /** Ends `db` and `owner` and drops the database, whoever is still connected. */
  readonly drop: () => Promise<void>;
};

/** A fresh migrated database, about 30 ms: one for each test file, made in `beforeAll`, dropped in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('testServer');
  const name = `${server.prefix}_${randomBytes(6).toString('hex')}`;
  await withClient(server.superuserUrl, (client) => cloneTemplate(client, server, name));
  const ownerUrl = urlFor(server.superuserUrl, name, server.ownerName, server.passwords.owner);
  const applicationUrl = urlFor(
    server.superuserUrl,
    name,
    server.applicationName,
    server.passwords.application,
  );
  const db = connect(applicationUrl);
  const owner = connect(ownerUrl);
  return {
    name,
    ownerUrl,
    applicationUrl,
    superuserUrl: withDatabase(server.superuserUrl, name),
    db,
    owner,
    drop: async () => {
      await Promise.all([db.destroy(), owner.destroy()]);
      await withClient(server.superuserUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      });
    },
  };
}

const objectInUse = '55006';

/** PostgreSQL refuses to copy a database to which somebody is connected, were it only autovacuum. */
async function cloneTemplate(client: pg.Client, server: TestServer, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createOwnedDatabase(
        client,
        name,
        server.ownerName,
        server.applicationName,
        server.templateDatabase,
      );
    } catch (error) {
      const isInUse = error instanceof pg.DatabaseError && error.code === objectInUse;
      if (!isInUse || attempt === 20) throw error;
      await sleep(100);
    }
  }
}

function connect(url: string): Kysely<Database> {
  return createDb(
    createPool({
      url,
      connectionsMax: 16,
      applicationName: 'errand-dash-test',
      statementTimeoutSeconds: 20,
      waitSecondsMax: 20,
    }),
  );
}

function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
