import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateToLatest } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { applicationGroup, createDatabaseRoles } from '../roles.ts';
import { startTemporaryCluster } from './temporary-cluster.ts';
import type { TestServer } from './test-server.ts';

/** Begins the name of all that tests make on a server, whichever run made it. */
const commonPrefix = 'errand_dash_test_';
/** Each run holds this advisory lock, shared. Who gets it alone is the last run on the server. */
const runLock = 7_236_018_421;

/**
 * Once a run: a temporary PostgreSQL, or the server of `TEST_DATABASE_URL`, with one migrated database for the
 * test files to clone. Returns what leaves the server as it was found.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const serverUrl = process.env.TEST_DATABASE_URL;
  const temporary = serverUrl ? null : await startTemporaryCluster();
  const superuserUrl = serverUrl || (temporary?.superuserUrl ?? '');
  try {
    const { server, client } = await prepareServer(superuserUrl);
    project.provide('testServer', server);
    return async () => {
      try {
        await cleanServer(client, server);
      } finally {
        await client.end();
        await temporary?.remove();
      }
    };
  } catch (error) {
    await temporary?.remove();
    throw error;
  }
}

async function prepareServer(superuserUrl: string): Promise<{ server: TestServer; client: pg.Client }> {
  const prefix = `${commonPrefix}${randomBytes(4).toString('hex')}`;
  const server: TestServer = {
    superuserUrl,
    prefix,
    templateDatabase: `${prefix}_template`,
    ownerName: `${prefix}_owner`,
    applicationName: `${prefix}_api`,
    passwords: { owner: randomBytes(24).toString('hex'), application: randomBytes(24).toString('hex') },
  };
  const client = new pg.Client({ connectionString: superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock_shared(${runLock})`);
    const { ownerUrl } = await createDatabaseRoles({ ...server, database: server.templateDatabase });
    await migrateToLatest({ ownerUrl, migrations });
    return { server, client };
  } catch (error) {
    await cleanServer(client, server).finally(() => client.end());
    throw error;
  }
}

/** Drops what this run made; the last run on the server also drops what killed runs left, and the group. */
async function cleanServer(client: pg.Client, server: TestServer): Promise<void> {
  await dropAll(client, server.prefix);
  await client.query(`SELECT pg_advisory_unlock_shared(${runLock})`);
  const { rows } = await client.query<{ is_last: boolean }>(
    `SELECT pg_try_advisory_lock(${runLock}) AS is_last`,
  );
  if (rows[0]?.is_last !== true) return;
  await dropAll(client, commonPrefix);
  await dropUnusedGroup(client);
}

async function dropAll(client: pg.Client, prefix: string): Promise<void> {
  const databases = await client.query<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
    [prefix],
  );
  for (const { name } of databases.rows) {
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  }
  const roles = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE starts_with(rolname, $1)',
    [prefix],
  );
  for (const { name } of roles.rows) await client.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(name)}`);
}

const dependentObjects = '2BP01';

/** A server that also holds a real ErrandDash database keeps its group. */
async function dropUnusedGroup(client: pg.Client): Promise<void> {
  const members = await client.query(
    `SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
     WHERE r.rolname = $1 AND m.member <> (SELECT oid FROM pg_roles WHERE rolname = CURRENT_USER)`,
    [applicationGroup],
  );
  if (members.rows.length > 0) return;
  await client.query(`DROP ROLE IF EXISTS ${applicationGroup}`).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || error.code !== dependentObjects) throw error;
  });
}
