import type { PostErrand } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import { isRefusal } from '../../refusal.ts';
import { minutes, senderId } from '../testing/an-errand.ts';
import { decidePost, type Posting } from './posting.rules.ts';

const day = 24 * 60;
const input: PostErrand = {
  kind: 'buy_and_deliver',
  title: 'Tomatoes from the market',
  description: '',
  items: [{ name: 'tomatoes', quantity: 12 }],
  deliverTo: { latitude: 6.45, longitude: 3.39, address: '1 Demo Street' },
  currency: 'NGN',
  rewardMinor: 450_000n,
  goodsBudgetMinor: 600_000n,
  dueAt: minutes(360),
};
const posting: Posting = {
  errandId: 'errand-1',
  escrowId: 'escrow-1',
  senderId,
  place: { cell: '88589c9807fffff', latitude: 6.5, longitude: 3.4 },
  deliverToSealed: Buffer.from('sealed'),
  now: minutes(0),
};
const post = (given: Partial<PostErrand>) => {
  const errand = decidePost({ ...input, ...given }, defaultPolicy, posting);
  if (isRefusal(errand)) throw new Error(errand.code);
  return errand;
};
const refusal = (given: Partial<PostErrand>) => decidePost({ ...input, ...given }, defaultPolicy, posting);

describe('the terms are frozen', () => {
  test('by the configuration', () => {
    expect(post({}).terms).toEqual({
      rewardMinor: 450_000n,
      goodsBudgetMinor: 600_000n,
      commissionMinor: 45_000n,
      lateCancellationMinor: 90_000n,
      startedCancellationMinor: 225_000n,
      freeCancellationSeconds: 300,
      startWithinSeconds: 7200,
      confirmWithinSeconds: 86_400,
    });
  });
  test.each([
    { rewardMinor: 1n, commissionMinor: 1n, late: 0n, started: 0n },
    { rewardMinor: 9n, commissionMinor: 1n, late: 1n, started: 4n },
    { rewardMinor: 10n, commissionMinor: 1n, late: 2n, started: 5n },
    { rewardMinor: 11n, commissionMinor: 2n, late: 2n, started: 5n },
    { rewardMinor: 99_999n, commissionMinor: 10_000n, late: 19_999n, started: 49_999n },
  ])('of $rewardMinor the fee takes the remainder, $commissionMinor', ({ rewardMinor, ...parts }) => {
    const { terms } = post({ rewardMinor });
    expect(terms.commissionMinor).toBe(parts.commissionMinor);
    expect(terms.lateCancellationMinor).toBe(parts.late);
    expect(terms.startedCancellationMinor).toBe(parts.started);
  });
});

describe('the deadlines', () => {
  test.each([
    { case: 'a day from now', dueAt: minutes(3 * day), expiresAt: minutes(day) },
    { case: 'the due time where that is sooner', dueAt: minutes(360), expiresAt: minutes(360) },
  ])('nobody said when it expires: $case', ({ dueAt, expiresAt }) => {
    expect(post({ dueAt }).expiresAt).toEqual(expiresAt);
  });
  test('it lapses a day after the due time', () => {
    expect(post({}).lapsesAt).toEqual(minutes(360 + day));
  });
  test.each([
    { case: 'due now', dueAt: minutes(0), field: 'dueAt', latest: minutes(30 * day) },
    { case: 'due in the past', dueAt: minutes(-1), field: 'dueAt', latest: minutes(30 * day) },
    { case: 'due too far ahead', dueAt: minutes(30 * day + 1), field: 'dueAt', latest: minutes(30 * day) },
    { case: 'expires now', expiresAt: minutes(0), field: 'expiresAt', latest: minutes(360) },
    { case: 'expires after the due time', expiresAt: minutes(361), field: 'expiresAt', latest: minutes(360) },
  ])('$case: refused', ({ field, latest, case: _, ...given }) => {
    expect(refusal(given)).toMatchObject({
      code: 'DEADLINE_INVALID',
      details: { field, earliest: minutes(0), latest },
    });
  });
  test.each([
    { case: 'the last due time', dueAt: minutes(30 * day) },
    { case: 'expires at the due time', expiresAt: minutes(360) },
    { case: 'expires at once', expiresAt: new Date(minutes(0).getTime() + 1) },
  ])('$case: allowed', (given) => {
    const { case: _, ...deadlines } = given;
    expect(post(deadlines)).toMatchObject(deadlines);
  });
});

test.each([
  { rewardMinor: 500_000_000n, goodsBudgetMinor: 0n, isAllowed: true },
  { rewardMinor: 1n, goodsBudgetMinor: 499_999_999n, isAllowed: true },
  { rewardMinor: 1n, goodsBudgetMinor: 500_000_000n, isAllowed: false },
  { rewardMinor: 2n ** 53n - 1n, goodsBudgetMinor: 2n ** 53n - 1n, isAllowed: false },
])('$rewardMinor and $goodsBudgetMinor for goods: $isAllowed', ({ isAllowed, ...amounts }) => {
  const decision = refusal(amounts);
  if (isAllowed) expect(decision).toMatchObject({ state: 'posted', version: 1 });
  else expect(decision).toMatchObject({ code: 'AMOUNT_TOO_LARGE', details: { maxMinor: 500_000_000 } });
});

test('an errand is posted in the home currency alone', () => {
  expect(refusal({ currency: 'USD' })).toMatchObject({
    code: 'CURRENCY_NOT_OPEN',
    details: { currency: 'USD', open: ['NGN'] },
  });
});
