import { formatId } from '@errand-dash/contract';
import { checkAllInvariants, createNoticeFeed } from '@errand-dash/core';
import {
  createTestCore,
  fundWallet,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';

let database: TestDatabase;
let core: TestCore;
let ada: TestUser;
let bayo: TestUser;
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  ada = await makeTestUser(core, 'demo_ada', ['sender']);
  bayo = await makeTestUser(core, 'demo_bayo', ['runner']);
  await fundWallet(core, ada.userId, 10_000_000n);
});
afterAll(() => database.drop());

const as = (user: TestUser) =>
  appRouter.createCaller({
    core,
    notices: createNoticeFeed(core),
    call: user.call(),
    userAgent: 'test',
    networkAddress: '192.0.2.1',
    callCount: 1,
  });

const asked = () => ({
  kind: 'buy_and_deliver' as const,
  title: ' Tomatoes from the market ',
  items: [{ name: 'tomatoes', quantity: 12 }],
  deliverTo: { latitude: 6.4281, longitude: 3.4219, address: '1 Demo Street' },
  currency: 'NGN' as const,
  rewardMinor: 450_000,
  goodsBudgetMinor: 600_000,
  dueAt: new Date(Date.now() + 6 * 3_600_000),
});
const near = { near: { latitude: 6.43, longitude: 3.42 } };

describe('an errand over the wire', () => {
  test('goes from the post to the paid runner', async () => {
    const posted = await as(ada).errands.post(asked());
    const { errandId, escrowId } = posted;
    expect(posted).toMatchObject({
      state: 'posted',
      title: 'Tomatoes from the market',
      rewardMinor: 450_000,
      commissionMinor: 45_000,
      sender: { userId: formatId('user', ada.userId), handle: 'demo_ada' },
      runner: null,
      deliverTo: { address: '1 Demo Street' },
      allowedActions: ['cancel'],
    });
    const found = await as(bayo).errands.findNear(near);
    expect(found).toMatchObject({ errands: [{ errandId, place: posted.place }], nextCursor: null });
    expect(Object.keys(found.errands[0] ?? {})).not.toContain('deliverTo');
    expect(await as(bayo).errands.accept({ errandId })).toMatchObject({
      state: 'accepted',
      allowedActions: ['start'],
    });
    await as(bayo).errands.start({ errandId });
    const completed = await as(bayo).errands.complete({
      errandId,
      goodsSpentMinor: 520_000,
      receipt: 'Demo market',
    });
    expect(completed).toMatchObject({ goodsSpentMinor: 520_000, receipt: 'Demo market' });
    expect(await as(bayo).escrow.get({ escrowId })).toMatchObject({
      state: 'held',
      amountMinor: 1_050_000,
      heldMinor: 1_050_000,
      errandId,
    });
    expect(await as(ada).errands.confirm({ errandId })).toMatchObject({
      state: 'confirmed',
      nextDeadline: null,
    });
    expect(await as(ada).escrow.get({ escrowId })).toMatchObject({ state: 'released', heldMinor: 0 });
    const { changes } = await as(ada).errands.history({ errandId });
    expect(changes.map(({ by }) => by)).toEqual(['sender', 'runner', 'runner', 'runner', 'sender']);
    expect(await as(ada).errands.get({ errandId })).toEqual(
      (await as(ada).errands.listMine({ as: 'sender' })).errands[0],
    );
    expect(await checkAllInvariants(database.db)).toEqual([]);
  });

  test('is cancelled, and the money is back', async () => {
    const { errandId, escrowId } = await as(ada).errands.post(asked());
    expect(await as(ada).errands.cancel({ errandId })).toMatchObject({
      state: 'cancelled',
      allowedActions: [],
    });
    expect(await as(ada).escrow.get({ escrowId })).toMatchObject({
      state: 'refunded',
      heldMinor: 0,
      payee: null,
    });
  });

  test('says what cancelling costs, and costs no more than was said', async () => {
    const { errandId } = await as(ada).errands.post(asked());
    expect(await as(ada).errands.get({ errandId })).toMatchObject({
      cancellationCostMinor: 0,
      cancellationFreeUntil: null,
    });
    const accepted = await as(bayo).errands.accept({ errandId });
    expect(Object.keys(accepted)).not.toContain('cancellationCostMinor');
    await as(bayo).errands.start({ errandId });
    const freeUntil = new Date(Number(accepted.acceptedAt) + 300_000);
    expect(await as(ada).errands.get({ errandId })).toMatchObject({
      cancellationCostMinor: 0,
      cancellationFreeUntil: freeUntil,
    });
    await moveClock(database.owner, 301);
    await expect(as(ada).errands.cancel({ errandId, costMaxMinor: 0 })).rejects.toMatchObject({
      cause: {
        refusal: {
          code: 'CANCELLATION_COSTS_MORE',
          details: { currency: 'NGN', costMinor: 225_000, costMaxMinor: 0 },
        },
      },
    });
    const [shown] = (await as(ada).errands.listMine({ as: 'sender', limit: 1 })).errands;
    expect(shown).toMatchObject({ errandId, state: 'started', cancellationCostMinor: 225_000 });
    await expect(as(ada).errands.cancel({ errandId, costMaxMinor: -1 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    const costMaxMinor = shown?.cancellationCostMinor ?? 0;
    expect(await as(ada).errands.cancel({ errandId, costMaxMinor })).toMatchObject({ state: 'cancelled' });
    expect(await checkAllInvariants(database.db)).toEqual([]);
  });

  test.each([-1, 0, 0.1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '100'])(
    'does not take a reward of %s',
    async (rewardMinor) => {
      const input = { ...asked(), rewardMinor: rewardMinor as number };
      await expect(as(ada).errands.post(input)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    },
  );

  test('takes no currency that is unknown or closed and no field that it does not know', async () => {
    const refusal = { code: 'CURRENCY_NOT_OPEN', details: { currency: 'USD', open: ['NGN'] } };
    const inDollars = as(ada).errands.post({ ...asked(), currency: 'USD' });
    await expect(inDollars).rejects.toMatchObject({ cause: { refusal } });
    for (const extra of [{ currency: 'XTS' as 'NGN' }, { state: 'confirmed' }]) {
      await expect(as(ada).errands.post({ ...asked(), ...extra })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
  });
});
