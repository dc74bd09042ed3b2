import { errors } from '@errand-dash/contract';
import type { AccountName, MovementKind } from '@errand-dash/db';
import { readBalances } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { command } from './command.ts';
import { newId } from './core.ts';
import { checkAllInvariants } from './invariants.ts';
import { postOrThrow, reverseOrThrow } from './ledger.ts';
import { availableOf, fundWallet } from './testing/fund-wallet.ts';
import { codesOf, refusalOf } from './testing/refusal-of.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from './testing/test-core.ts';

let database: TestDatabase;
let core: TestCore;
let ada: TestUser;
const currency = 'NGN';
const fees: AccountName = { purpose: 'fees', ownerId: null, currency };
const cause = { type: 'test', id: 'test' };

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  ada = await makeTestUser(core, 'demo_ada');
});
afterAll(() => database.drop());
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

const walletOf = (userId: string): AccountName => ({ purpose: 'available', ownerId: userId, currency });

interface Payment {
  from: AccountName;
  to: AccountName;
}

/** Pays 90 to somebody and 10 in fees. */
const pay = command('test.pay', async (tx, { from, to }: Payment, context) => {
  await postOrThrow(tx, context, {
    kind: 'adjustment.post',
    cause,
    transfers: [
      { debit: from, credit: to, amountMinor: 90n },
      { debit: from, credit: fees, amountMinor: 10n },
    ],
  });
  return { result: null };
});

const takeBack = command('test.takeBack', async (tx, { setId }: { setId: string }, context) => {
  await reverseOrThrow(tx, context, { setId, cause });
  return { result: null };
});

const newestSet = async (kind: MovementKind) => {
  const set = await database.db
    .selectFrom('transfer_sets')
    .select(['id', 'reverses_set_id', 'authority_detail'])
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  return set;
};

/** A payment by a funded person, and where its money is. */
async function paid(handle: string) {
  const { userId } = await makeTestUser(core, handle);
  await fundWallet(core, userId, 100n);
  const to = walletOf(newId(core, new Date()));
  await pay(core, ada.call(), { from: walletOf(userId), to });
  const { id } = await newestSet('adjustment.post');
  return { userId, to, setId: id };
}

describe('a movement that is taken back', () => {
  test('leaves everybody with what he had, under the authority of who took it back', async () => {
    const { userId, to, setId } = await paid('demo_payer_1');
    const call = ada.call('take-back-1');
    await takeBack(core, call, { setId });
    await takeBack(core, call, { setId });
    expect(await availableOf(database.db, userId)).toBe(100n);
    expect(await readBalances(database.db, [to, fees])).toEqual([0n, 0n]);
    expect(await newestSet('adjustment.reverse')).toMatchObject({
      reverses_set_id: setId,
      authority_detail: 'test.takeBack take-back-1',
    });
  });

  test('is not taken back again, nor is what took it back', async () => {
    const { setId } = await paid('demo_payer_2');
    const codes = await codesOf(Array.from({ length: 5 }, () => takeBack(core, ada.call(), { setId })));
    expect(codes.filter((code) => code === null).length).toBe(1);
    expect(await refusalOf(takeBack(core, ada.call(), { setId }))).toMatchObject({
      code: 'MOVEMENT_NOT_REVERSIBLE',
      details: { reason: 'reversed_already' },
    });
    const { id } = await newestSet('adjustment.reverse');
    expect(await refusalOf(takeBack(core, ada.call(), { setId: id }))).toMatchObject({
      code: 'MOVEMENT_NOT_REVERSIBLE',
      details: { reason: 'is_a_reversal' },
    });
  });

  test('stays where its money has moved on', async () => {
    const { userId, to, setId } = await paid('demo_payer_3');
    await fundWallet(core, to.ownerId ?? '', 10n);
    await pay(core, ada.call(), { from: to, to: walletOf(newId(core, new Date())) });
    expect(await refusalOf(takeBack(core, ada.call(), { setId }))).toMatchObject({
      code: 'MOVEMENT_NOT_REVERSIBLE',
      details: { reason: 'money_moved_on' },
    });
    expect(await availableOf(database.db, userId)).toBe(0n);
  });

  test('stays where it would leave somebody with more than an amount can say', async () => {
    const { userId, setId } = await paid('demo_payer_4');
    await fundWallet(core, userId, 2n ** 53n - 1n);
    expect(await refusalOf(takeBack(core, ada.call(), { setId }))).toMatchObject({
      code: 'MOVEMENT_NOT_REVERSIBLE',
      details: { reason: 'balance_too_large' },
    });
  });

  test('is one that there is', async () => {
    const setId = newId(core, new Date());
    expect(await refusalOf(takeBack(core, ada.call(), { setId }))).toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });
});

const spend = command(
  'test.spend',
  async (tx, { amountMinor, ownerId }: { amountMinor: bigint; ownerId: string }, context) => {
    const count = { limit: 'test.daily', ownerId, currency, amountMinor, ceilingMinor: 100n };
    const transfers = [{ debit: walletOf(ownerId), credit: fees, amountMinor }];
    await postOrThrow(tx, context, { kind: 'adjustment.post', cause, transfers, counts: [count] });
    return { result: null };
  },
);

describe('a movement that counts against a limit', () => {
  test('is refused with the numbers when it would exceed it, and counts once for its key', async () => {
    const spender = await makeTestUser(core, 'demo_spender');
    const { userId: ownerId } = spender;
    await fundWallet(core, ownerId, 1_000n);
    const call = spender.call('spend-some-1');
    await spend(core, call, { amountMinor: 60n, ownerId });
    await spend(core, call, { amountMinor: 60n, ownerId });
    const refusal = await refusalOf(spend(core, spender.call(), { amountMinor: 41n, ownerId }));
    expect(refusal).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { limit: 'test.daily', currency, usedMinor: 60, ceilingMinor: 100, askedMinor: 41 },
    });
    expect(errors.LIMIT_EXCEEDED.details.parse(refusal.details).resetsAt > new Date()).toBe(true);
    expect(await refusalOf(spend(core, spender.call(), { amountMinor: 1_001n, ownerId }))).toMatchObject({
      code: 'FUNDS_INSUFFICIENT',
    });
    await spend(core, spender.call(), { amountMinor: 40n, ownerId });
    expect(await availableOf(database.db, ownerId)).toBe(900n);
  });

  test('that another’s money does not suffice for is a fault, and says nothing of what he has', async () => {
    const { userId: ownerId } = await makeTestUser(core, 'demo_modest');
    await fundWallet(core, ownerId, 5n);
    const asked = spend(core, ada.call(), { amountMinor: 6n, ownerId });
    await expect(asked).rejects.toMatchObject({ name: 'LedgerRefused', code: 'balance_below_zero' });
    await expect(asked).rejects.toThrow(/^the ledger refused a set: balance_below_zero$/);
  });
});
