import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabaseRoles, type DatabaseUrls } from '../roles.ts';
import { withClient } from './with-client.ts';

/** An empty database on the server of `RESTORE_DATABASE_URL`, with logins named as those of this run. */
export interface SecondDatabase extends DatabaseUrls {
  drop: () => Promise<void>;
}

/** Throws where there is no second server, and where it is the first one. */
export async function createSecondDatabase(): Promise<SecondDatabase> {
  const superuserUrl = process.env.RESTORE_DATABASE_URL;
  if (!superuserUrl) throw new Error('RESTORE_DATABASE_URL names the server to restore into');
  const first = inject('testServer');
  const { ownerName, applicationName, passwords } = first;
  const [former, latter] = await Promise.all([first.superuserUrl, superuserUrl].map(systemOf));
  if (former === latter) throw new Error('RESTORE_DATABASE_URL must name another server');
  const database = `${first.prefix}_${randomBytes(6).toString('hex')}`;
  const urls = await createDatabaseRoles({ superuserUrl, database, ownerName, applicationName, passwords });
  return {
    ...urls,
    drop: () =>
      withClient(superuserUrl, async (client) => {
        await client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
      }),
  };
}

/** What tells one cluster from every other. */
const systemOf = (url: string): Promise<string> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ system: string }>(
      'select system_identifier::text as system from pg_control_system()',
    );
    return rows[0]?.system ?? '';
  });
