import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import { anErrand, minutes } from '../testing/an-errand.ts';
import { decideCancel, decideConfirm, decideGiveBack } from './ending.rules.ts';

const completed = anErrand({ state: 'completed' });
const costly = (rewardMinor: bigint) => ({ ...completed.terms, rewardMinor });
const now = minutes(130);

describe('confirming', () => {
  test.each([
    { goodsSpentMinor: 520_000n, payeeMinor: 925_000n, payerMinor: 80_000n },
    { goodsSpentMinor: 0n, payeeMinor: 405_000n, payerMinor: 600_000n },
    { goodsSpentMinor: 600_000n, payeeMinor: 1_005_000n, payerMinor: 0n },
  ])('$goodsSpentMinor spent: $payeeMinor to the runner, $payerMinor back', ({ goodsSpentMinor, ...pay }) => {
    expect(decideConfirm({ ...completed, goodsSpentMinor }, 'sender', defaultPolicy, now)).toMatchObject({
      errand: { state: 'confirmed', endedAt: now },
      pay,
    });
  });
  test.each([
    { case: 'just below the limit', rewardMinor: 1_479_999n, code: undefined },
    { case: 'at the limit', rewardMinor: 1_480_000n, code: 'SIGNATURE_NEEDED' },
  ])('the sender, $case', ({ rewardMinor, code }) => {
    const decision = decideConfirm(
      { ...completed, terms: costly(rewardMinor) },
      'sender',
      defaultPolicy,
      now,
    );
    expect('code' in decision ? decision.code : undefined).toBe(code);
  });
  test('the clock needs no signature', () => {
    const errand = { ...completed, terms: costly(9_000_000n), confirmsAt: now };
    expect(decideConfirm(errand, 'clock', defaultPolicy, now)).toMatchObject({
      errand: { state: 'confirmed' },
    });
  });
  test('the runner cannot confirm', () => {
    expect(decideConfirm(completed, 'runner', defaultPolicy, now)).toMatchObject({
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
    { case: 'started, within five minutes', state: 'started', now: minutes(14), payeeMinor: 225_000n },
    { case: 'started', state: 'started', now: minutes(300), payeeMinor: 225_000n },
  ] as const)('$case: $payeeMinor to the runner', ({ state, now: at, payeeMinor }) => {
    expect(decideCancel(anErrand({ state }), 'sender', defaultPolicy, at)).toMatchObject({
      errand: { state: 'cancelled', endedAt: at },
      pay: { payeeMinor },
    });
  });
  test.each(['completed', 'confirmed', 'cancelled', 'expired'] as const)('%s: refused', (state) => {
    expect(decideCancel(anErrand({ state }), 'sender', defaultPolicy, now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
  });
  test('the runner cannot cancel', () => {
    expect(decideCancel(anErrand({ state: 'started' }), 'runner', defaultPolicy, now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
      details: { allowed: ['complete'] },
    });
  });
  test('what goes to the runner needs a signature from the limit on', () => {
    const terms = { ...completed.terms, startedCancellationMinor: 2_000_000n };
    const started = anErrand({ state: 'started', terms });
    expect(decideCancel(started, 'sender', defaultPolicy, now)).toMatchObject({
      code: 'SIGNATURE_NEEDED',
      details: { fromMinor: 2_000_000, currency: 'NGN' },
    });
    expect(decideCancel(anErrand({ terms }), 'sender', defaultPolicy, now)).toMatchObject({
      pay: { payeeMinor: 0n },
    });
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
