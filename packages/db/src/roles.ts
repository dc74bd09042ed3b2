import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { scramVerifier } from './scram-verifier.ts';

/** The role of the whole cluster to which migrations grant; the login of each application is a member. */
export const applicationGroup = 'errand_dash_application';

export type CreateDatabaseRoles = {
  /** A superuser, or who may create roles and databases. */
  readonly superuserUrl: string;
  readonly database: string;
  readonly ownerName: string;
  readonly applicationName: string;
  /** ASCII; kept by the caller. */
  readonly passwords: { readonly owner: string; readonly application: string };
};

export type DatabaseUrls = { readonly ownerUrl: string; readonly applicationUrl: string };

/**
 * Makes the database and its two logins, or leaves them when they are there and sets the passwords. The owner
 * owns the database and migrates; the application has what migrations grant to its group, and nothing else.
 * May be called by several at once.
 */
export async function createDatabaseRoles(input: CreateDatabaseRoles): Promise<DatabaseUrls> {
  const client = new pg.Client({ connectionString: input.superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await createGroup(client);
    await createLogin(client, input.ownerName, input.passwords.owner);
    await createLogin(client, input.applicationName, input.passwords.application);
    await runSql(client, 'GRANT %I TO %I', applicationGroup, input.applicationName);
    await createOwnedDatabase(client, input.database, input.ownerName, input.applicationName);
  } finally {
    await client.end();
  }
  return {
    ownerUrl: urlFor(input.superuserUrl, input.database, input.ownerName, input.passwords.owner),
    applicationUrl: urlFor(
      input.superuserUrl,
      input.database,
      input.applicationName,
      input.passwords.application,
    ),
  };
}

/**
 * Makes the database unless it is there, and closes it to everybody but its owner and the application. These
 * rights belong to the database, they do not come with a template.
 */
export async function createOwnedDatabase(
  client: pg.Client,
  database: string,
  ownerName: string,
  applicationName: string,
  template: string | null = null,
): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rows.length === 0) {
    const source = template === null ? 'TEMPLATE template0' : 'TEMPLATE %I STRATEGY file_copy';
    const names = template === null ? [database, ownerName] : [database, ownerName, template];
    await runSql(client, `CREATE DATABASE %I OWNER %I ${source}`, ...names).catch(
      ignoreCodes(duplicateDatabase, uniqueViolation),
    );
  }
  await withRetries(async () => {
    await runSql(client, 'REVOKE ALL ON DATABASE %I FROM PUBLIC', database);
    await runSql(client, 'GRANT CONNECT ON DATABASE %I TO %I', database, applicationName);
  });
}

/** The same server with another database and login. */
export function urlFor(serverUrl: string, database: string, user: string, password: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  url.username = user;
  url.password = password;
  return url.href;
}

const duplicateDatabase = '42P04';
const duplicateObject = '42710';
const uniqueViolation = '23505';
const internalError = 'XX000';

async function createGroup(client: pg.Client): Promise<void> {
  await createRole(client, applicationGroup);
}

async function createLogin(client: pg.Client, name: string, password: string): Promise<void> {
  await createRole(client, name);
  const verifier = scramVerifier(password, randomBytes(16));
  await withRetries(() => runSql(client, `ALTER ROLE %I LOGIN PASSWORD ${pg.escapeLiteral(verifier)}`, name));
  const { rows } = await client.query<{ is_superuser: string }>('SHOW is_superuser');
  // Who is no superuser must belong to a role to give it a database and to end its connections.
  if (rows[0]?.is_superuser !== 'on') await runSql(client, 'GRANT %I TO CURRENT_USER', name);
}

async function createRole(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  if (rows.length > 0) return;
  const rights = 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
  await runSql(client, `CREATE ROLE %I ${rights}`, name).catch(ignoreCodes(duplicateObject, uniqueViolation));
}

/** Two changes of one catalog row at once end in "tuple concurrently updated" (XX000); neither waits. */
async function withRetries(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isRace = error instanceof pg.DatabaseError && error.code === internalError;
      if (!isRace || attempt === 10) throw error;
    }
  }
}

/** Such statements take no parameters; each %I is replaced by the next name, quoted. */
async function runSql(client: pg.Client, template: string, ...names: string[]): Promise<void> {
  const left = [...names];
  await client.query(template.replace(/%I/g, () => pg.escapeIdentifier(left.shift() ?? '')));
}

function ignoreCodes(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (error instanceof pg.DatabaseError && codes.includes(error.code ?? '')) return;
    throw error;
  };
}
