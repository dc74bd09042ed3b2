import { makeClockVirtual } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDatabase } from './check-database.ts';
import type { Call } from './claim.ts';
import { createDatabaseClock } from './database-clock.ts';
import { databaseTime } from './database-time.query.ts';
import { moveClock } from './move-clock.command.ts';
import { followClock } from './payments/index.ts';
import type { CoreSettings } from './settings.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { createTestCore, type TestCore } from './testing/test-core.ts';
import { startTestProvider, type TestProvider } from './testing/test-provider.ts';

const call: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };
const settings = (given: Partial<CoreSettings>) =>
  ({ NODE_ENV: 'test', CLOCK: 'real', ...given }) as CoreSettings;

let database: TestDatabase;
let core: TestCore;
let provider: TestProvider;
beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  core = { ...createTestCore(database.db), payments: provider.payments };
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

const secondsFromNow = (time: Date): number => Math.round((time.getTime() - Date.now()) / 1000);

test('a real clock cannot be moved, by the application least of all', async () => {
  expect(await refusalOf(moveClock(core, call, { seconds: 60 }))).toMatchObject({
    code: 'CLOCK_NOT_VIRTUAL',
  });
  await expect(checkDatabase(core, settings({ CLOCK: 'virtual' }))).rejects.toThrow('CLOCK must be real');
  await expect(checkDatabase(core, settings({}))).resolves.toBeUndefined();
  expect(Math.abs(secondsFromNow(await createDatabaseClock(core, { isVirtual: false })()))).toBeLessThan(5);
});

test('the login of the owner is refused in production', async () => {
  const asOwner = { ...core, db: database.owner };
  await expect(checkDatabase(asOwner, settings({ NODE_ENV: 'production' }))).rejects.toThrow(
    'owner of the tables',
  );
  await expect(checkDatabase(core, settings({ NODE_ENV: 'production' }))).resolves.toBeUndefined();
});

test('a virtual clock begins where its owner puts it, moves on for all at once, and never back', async () => {
  await makeClockVirtual(database.ownerUrl, -86_400);
  const clock = createDatabaseClock(core, { isVirtual: true });
  expect(secondsFromNow(await clock())).toBeCloseTo(-86_400, -1);

  const offset = await moveClock(core, call, { seconds: 3600 });
  expect(offset).toEqual({ offsetSeconds: -82_800 });
  expect(secondsFromNow(await clock())).toBeCloseTo(-82_800, -1);
  expect(secondsFromNow(await databaseTime(core, call, {}))).toBeCloseTo(-82_800, -1);

  expect(await refusalOf(moveClock(core, call, { seconds: -1 }))).toMatchObject({
    code: 'CLOCK_NOT_VIRTUAL',
  });
  await expect(checkDatabase(core, settings({}))).rejects.toThrow('CLOCK must be virtual');

  await followClock(core, offset);
  const told = await fetch(`${provider.url}/sandbox/clock`, {
    headers: { authorization: `Bearer ${provider.secretKey}` },
  });
  expect(await told.json()).toMatchObject({ data: { offsetSeconds: -82_800 } });
});
