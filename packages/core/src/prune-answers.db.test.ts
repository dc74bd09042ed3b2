import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from './command.ts';
import { pruneAnswers } from './prune-answers.sweep.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from './testing/test-core.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const note = command('test.note', async (_tx, _input: object) => ({ result: 'noted' }));
const pay = command('test.pay', async (_tx, _input: object, context) => {
  context.keepForEver();
  return { result: 'paid' };
});
const keys = async (): Promise<string[]> => {
  const rows = await database.db.selectFrom('commands').select('key').orderBy('key').execute();
  return rows.map(({ key }) => key);
};

test('answers past their time go, a bounded number at a time, and those that moved money stay', async () => {
  const user = await makeTestUser(core, 'demo_keeper');
  for (const key of ['old-key-1', 'old-key-2', 'old-key-3']) await note(core, user.call(key), {});
  await pay(core, user.call('paid-key-1'), {});
  await moveClock(database.owner, 72 * 3600 - 60);
  expect(await pruneAnswers(core, 100)).toBe(0);
  await note(core, user.call('new-key-1'), {});
  await moveClock(database.owner, 120);
  expect(await pruneAnswers(core, 2)).toBe(2);
  expect(await pruneAnswers(core, 2)).toBe(1);
  expect(await pruneAnswers(core, 2)).toBe(0);
  expect(await keys()).toEqual(['new-key-1', 'paid-key-1']);
});

test('several workers at once delete each answer once', async () => {
  const user = await makeTestUser(core, 'demo_crowd');
  for (let count = 0; count < 40; count += 1) await note(core, user.call(`crowd-key-${count}`), {});
  await moveClock(database.owner, 73 * 3600);
  const counts = await Promise.all(Array.from({ length: 10 }, () => pruneAnswers(core, 100)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(41);
  expect(await keys()).toEqual(['paid-key-1']);
});
