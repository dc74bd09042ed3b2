import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDatabase } from '../check-database.ts';
import { checkAllInvariants } from '../invariants.ts';
import type { CoreSettings } from '../settings.ts';
import { createTestCore, fundWallet, makeTestUser, type TestCore } from '../testing/index.ts';
import { foldBalances } from './fold-balances.sweep.ts';

let database: TestDatabase;
let core: TestCore;
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const covered = async () => {
  const checkpoints = await database.db
    .selectFrom('account_checkpoints')
    .select(['balance_minor', 'transfers'])
    .execute();
  return checkpoints.map(({ balance_minor, transfers }) => [balance_minor, transfers]);
};

test('ten workers at once fold every transfer into its checkpoint once', async () => {
  const person = await makeTestUser(core, 'demo_saver');
  for (let count = 0; count < 5; count += 1) await fundWallet(core, person.userId, 100_00n);
  // A transaction that is open on the same server, of another test, may keep the last ones waiting.
  await expect
    .poll(
      async () => {
        await Promise.all(Array.from({ length: 10 }, () => foldBalances(core, 1)));
        return covered();
      },
      { timeout: 20_000 },
    )
    .toEqual([['-50000', 5n]]);
  expect(await foldBalances(core, 1)).toBe(0);
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

test('a process that starts on a restored copy begins its epoch before it serves anybody', async () => {
  await sql`update write_epochs set written_by = transaction_of(transaction_number(written_by) + 1)`.execute(
    database.owner,
  );
  await checkDatabase(core, { CLOCK: 'real', NODE_ENV: 'production' } as CoreSettings);
  expect(await database.db.selectFrom('write_epochs').select('number').execute()).toEqual([{ number: 1 }]);
  expect(await checkAllInvariants(database.db)).toEqual([]);
});
