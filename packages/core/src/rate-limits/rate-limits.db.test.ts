import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabaseClock } from '../database-clock.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import { countCalls, pruneRateLimits } from './index.ts';

let database: TestDatabase;
let core: TestCore;
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const count = (name: string, who: string, calls = 1) =>
  countCalls(core, createDatabaseClock(core, { isVirtual: true }), { name, who, calls, windowSeconds: 60 });

test('calls of one caller add up, also at once, and those of others do not', async () => {
  const counts = await Promise.all(Array.from({ length: 50 }, () => count('demo.at_once', 'ada')));
  expect(counts.map(({ calls }) => calls).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  expect((await count('demo.at_once', 'bola')).calls).toBe(1);
  expect((await count('demo.other', 'ada')).calls).toBe(1);
  expect((await count('demo.other', 'ada', 5)).calls).toBe(6);
});

test('a window does not move on with further calls, and a new one begins when it has ended', async () => {
  const first = await count('demo.window', 'ada');
  expect(first).toEqual({ calls: 1, endsInMilliseconds: 60_000 });
  await moveClock(database.owner, 30);
  expect((await count('demo.window', 'ada')).endsInMilliseconds).toBeLessThanOrEqual(30_000);
  await moveClock(database.owner, 31);
  expect(await count('demo.window', 'ada')).toEqual(first);
});

test('counts of windows that have ended are forgotten, a bounded number at a time', async () => {
  await moveClock(database.owner, 120);
  while ((await pruneRateLimits(core, 100)) > 0);
  for (const who of ['a', 'b', 'c']) await count('demo.old', who);
  expect(await pruneRateLimits(core, 100)).toBe(0);
  await moveClock(database.owner, 61);
  await count('demo.new', 'a');
  expect(await pruneRateLimits(core, 2)).toBe(2);
  expect(await pruneRateLimits(core, 2)).toBe(1);
  expect(await pruneRateLimits(core, 2)).toBe(0);
  const rows = await database.db.selectFrom('rate_limits').select('key').execute();
  expect(rows.map(({ key }) => key.split(' ')[0])).toEqual(['demo.new']);
});
