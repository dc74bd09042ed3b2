import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from '../command.ts';
import { holdEscrow } from '../escrow/index.ts';
import { fundWallet } from '../testing/fund-wallet.ts';
import { createTestCore, makeTestUser, type TestCore } from '../testing/test-core.ts';
import { getBalances } from './get-balances.query.ts';

let database: TestDatabase;
let core: TestCore;
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

test('a hold that commits while balances are read is seen once', async () => {
  const payer = await makeTestUser(core, 'demo_reading');
  await fundWallet(core, payer.userId, 5_000_00n);
  const hold = command('test.hold', async (_tx, _input: null, context) => {
    const cause = { type: 'errand', id: context.newId() } as const;
    const given = { escrowId: context.newId(), currency: 'NGN', amountMinor: 10_00n, cause } as const;
    return { result: null, ...holdEscrow(context, { ...given, payerId: payer.userId }) };
  });
  let isOver = false;
  const holding = (async () => {
    for (let count = 0; count < 200; count += 1) await hold(core, payer.call(), null);
  })().finally(() => {
    isOver = true;
  });
  const sums = new Set<bigint>();
  while (!isOver) {
    const [balance] = await getBalances(core, payer.call(), {});
    sums.add((balance?.availableMinor ?? 0n) + (balance?.heldMinor ?? 0n));
  }
  await holding;
  expect([...sums]).toEqual([5_000_00n]);
});
