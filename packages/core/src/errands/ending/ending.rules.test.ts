import { describe, expect, test } from 'vitest';
import { anErrand, minutes } from '../testing/an-errand.ts';
import { cancellationOf, decideCancel, decideConfirm, decideGiveBack } from './ending.rules.ts';

const completed = anErrand({ state: 'completed' });
const now = minutes(130);

describe('confirming', () => {
  test.each([
    { goodsSpentMinor: 520_000n, payeeMinor: 925_000n, payerMinor: 80_000n },
    { goodsSpentMinor: 0n, payeeMinor: 405_000n, payerMinor: 600_000n },
    { goodsSpentMinor: 600_000n, payeeMinor: 1_005_000n, payerMinor: 0n },
  ])('$goodsSpentMinor spent: $payeeMinor to the runner, $payerMinor back', ({ goodsSpentMinor, ...pay }) => {
    expect(decideConfirm({ ...completed, goodsSpentMinor }, 'sender', now)).toMatchObject({
      errand: { state: 'confirmed', endedAt: now },
      pay,
    });
  });
  test('what leaves the escrow for others is the reward with the commission, and the goods money', () => {
    const errand = { ...completed, goodsSpentMinor: 520_000n };
    expect(decideConfirm(errand, 'sender', now)).toMatchObject({ leavesMinor: 970_000n });
  });
  test('the runner cannot confirm', () => {
    expect(decideConfirm(completed, 'runner', now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
      details: { allowed: [] },
    });
  });
});

describe('cancelling', () => {
  test.each([
    { case: 'posted', state: 'posted', now: minutes(200), payeeMinor: 0n },
    { case: 'at once', state: 'accepted', now: minutes(10), payeeMinor: 0n },
    { case: 'five minutes after acceptance', state: 'accepted', now: minutes(15), payeeMinor: 0n },
    { case: 'a moment later', state: 'accepted', now: new Date(+minutes(15) + 1), payeeMinor: 90_000n },
    { case: 'two hours after acceptance', state: 'accepted', now: minutes(129), payeeMinor: 90_000n },
    { case: 'started, within five minutes', state: 'started', now: minutes(15), payeeMinor: 0n },
    {
      case: 'started, a moment later',
      state: 'started',
      now: new Date(+minutes(15) + 1),
      payeeMinor: 225_000n,
    },
    { case: 'started', state: 'started', now: minutes(300), payeeMinor: 225_000n },
  ] as const)('$case: $payeeMinor to the runner', ({ state, now: at, payeeMinor }) => {
    expect(decideCancel(anErrand({ state }), 'sender', at)).toMatchObject({
      errand: { state: 'cancelled', endedAt: at },
      pay: { payeeMinor },
    });
  });
  test.each(['completed', 'confirmed', 'cancelled', 'expired'] as const)('%s: refused', (state) => {
    expect(decideCancel(anErrand({ state }), 'sender', now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
  });
  test('the runner cannot cancel', () => {
    expect(decideCancel(anErrand({ state: 'started' }), 'runner', now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
      details: { allowed: ['complete'] },
    });
  });
  test.each([
    { state: 'posted', at: minutes(200), costMinor: 0n, freeUntil: null },
    { state: 'accepted', at: minutes(15), costMinor: 0n, freeUntil: minutes(15) },
    { state: 'accepted', at: minutes(16), costMinor: 90_000n, freeUntil: minutes(15) },
    { state: 'started', at: minutes(15), costMinor: 0n, freeUntil: minutes(15) },
    { state: 'started', at: minutes(16), costMinor: 225_000n, freeUntil: minutes(15) },
  ] as const)('$state at $at would cost $costMinor', ({ state, at, ...cancellation }) => {
    expect(cancellationOf(anErrand({ state }), at)).toEqual(cancellation);
  });
  test.each([0n, 89_999n])(
    'is refused where it costs more than %d, and says what it costs',
    (costMaxMinor) => {
      expect(
        decideCancel(anErrand({ state: 'accepted' }), 'sender', minutes(16), costMaxMinor),
      ).toMatchObject({
        code: 'CANCELLATION_COSTS_MORE',
        details: { currency: 'NGN', costMinor: 90_000, costMaxMinor: Number(costMaxMinor) },
      });
    },
  );
  test.each([
    { costMaxMinor: 90_000n, at: minutes(16) },
    { costMaxMinor: 90_001n, at: minutes(16) },
    { costMaxMinor: 0n, at: minutes(15) },
  ])('costs no more than $costMaxMinor: done', ({ costMaxMinor, at }) => {
    const decision = decideCancel(anErrand({ state: 'accepted' }), 'sender', at, costMaxMinor);
    expect(decision).toMatchObject({ errand: { state: 'cancelled' } });
  });
  test('what leaves the escrow for others is what the runner keeps', () => {
    expect(decideCancel(anErrand({ state: 'started' }), 'sender', now)).toMatchObject({
      leavesMinor: 225_000n,
    });
    expect(decideCancel(anErrand({ state: 'posted' }), 'sender', now)).toMatchObject({ leavesMinor: 0n });
  });
});

test.each([
  { state: 'posted', event: 'expire', at: minutes(300), to: 'expired' },
  { state: 'started', event: 'lapse', at: minutes(360 + 1440), to: 'cancelled' },
] as const)('the clock gives back what is $state by $event', ({ state, event, at, to }) => {
  expect(decideGiveBack(anErrand({ state }), event, 'clock', at)).toMatchObject({ state: to, endedAt: at });
  expect(decideGiveBack(anErrand({ state }), event, 'clock', new Date(+at - 1))).toMatchObject({
    code: 'TRANSITION_REFUSED',
  });
});
