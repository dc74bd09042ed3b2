import { createDb, createPool } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginRegistration, beginSignIn } from '../auth/index.ts';
import { anonymousCall } from '../auth/testing/passkey-person.ts';
import type { Core } from '../core.ts';
import { makeSigningPerson, type SigningPerson } from '../testing/signing-person.ts';
import { createTestCore } from '../testing/test-core.ts';
import { beginAddPasskey } from './begin-add-passkey.query.ts';

let database: TestDatabase;
let ada: SigningPerson;
/** On connections that refuse to write. */
let readOnly: Core;

beforeAll(async () => {
  database = await createTestDatabase();
  const core = createTestCore(database.db);
  ada = await makeSigningPerson(core, 'demo_ada');
  const url = new URL(database.applicationUrl);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  const pool = createPool({
    url: url.href,
    connectionsMax: 1,
    applicationName: 'begin-ceremonies-test',
    statementTimeoutSeconds: 5,
    waitSecondsMax: 5,
  });
  readOnly = { ...core, db: createDb(pool) };
});
afterAll(async () => {
  await readOnly.db.destroy();
  await database.drop();
});

test('a connection of this test refuses to write', async () => {
  const written = sql`delete from spent_ceremonies`.execute(readOnly.db);
  await expect(written).rejects.toMatchObject({ code: '25006' });
});

test.each<[string, () => Promise<{ ceremony: string }>]>([
  [
    'a registration',
    () => beginRegistration(readOnly, anonymousCall, { handle: 'bayo', displayName: 'Demo' }),
  ],
  ['a sign-in', () => beginSignIn(readOnly, anonymousCall, {})],
  ['a sign-in by name', () => beginSignIn(readOnly, anonymousCall, { handle: 'demo_ada' })],
  [
    'a sign-in by a name that nobody has',
    () => beginSignIn(readOnly, anonymousCall, { handle: 'nobody_here' }),
  ],
  ['a further passkey', () => beginAddPasskey(readOnly, ada.call(), {})],
])('beginning %s writes nothing', async (_, begin) => {
  expect((await begin()).ceremony).toMatch(/^[\w-]{100,}$/);
});
