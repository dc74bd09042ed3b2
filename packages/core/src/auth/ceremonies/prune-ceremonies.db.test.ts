import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { makeAuthenticator, register, signIn } from '../testing/passkey-person.ts';
import { pruneCeremonies } from './prune-ceremonies.sweep.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const countLeft = async () => (await core.db.selectFrom('spent_ceremonies').select('id').execute()).length;

test('ceremonies that were used go long after their time, so many at once; younger ones stay', async () => {
  const authenticator = makeAuthenticator(core);
  await register(core, authenticator, 'ada');
  for (let count = 0; count < 4; count += 1) await signIn(core, authenticator);
  await moveClock(database.owner, 120 + 3600 - 60);
  expect(await pruneCeremonies(core, 100)).toBe(0);
  await signIn(core, authenticator);
  await moveClock(database.owner, 60);
  expect(await pruneCeremonies(core, 3)).toBe(3);
  expect(await pruneCeremonies(core, 3)).toBe(2);
  expect(await pruneCeremonies(core, 3)).toBe(0);
  expect(await countLeft()).toBe(1);
});
