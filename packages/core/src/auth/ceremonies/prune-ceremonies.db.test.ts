import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { anonymousCall, makeAuthenticator, register } from '../testing/passkey-person.ts';
import { beginSignIn } from './begin-sign-in.command.ts';
import { pruneCeremonies } from './prune-ceremonies.sweep.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const countLeft = async () => (await core.db.selectFrom('auth_ceremonies').select('id').execute()).length;

test('challenges past their time go, so many at once, answered or not; live ones stay', async () => {
  await register(core, makeAuthenticator(core), 'ada');
  for (let count = 0; count < 4; count += 1) await beginSignIn(core, anonymousCall, {});
  expect(await pruneCeremonies(core, 100)).toBe(0);
  await moveClock(database.owner, 120);
  await beginSignIn(core, anonymousCall, { handle: 'ada' });
  expect(await pruneCeremonies(core, 3)).toBe(3);
  expect(await pruneCeremonies(core, 3)).toBe(2);
  expect(await pruneCeremonies(core, 3)).toBe(0);
  expect(await countLeft()).toBe(1);
});
