import { describe, expect, test } from 'vitest';
import { anErrand, minutes, runnerId, senderId } from '../testing/an-errand.ts';
import { decideAccept, decideComplete, decideReopen, decideStart } from './run.rules.ts';

const other = '018f0000-0000-7000-8000-000000000003';
const now = minutes(30);
const policy = { takenToldSeconds: 3600 };
const receipt = { goodsSpentMinor: 520_000n, receiptSealed: Buffer.from('sealed receipt') };

describe('accepting', () => {
  test('makes one the runner and starts the time to set out', () => {
    expect(decideAccept(anErrand({}), runnerId, now, policy)).toMatchObject({
      state: 'accepted',
      version: 2,
      runnerId,
      acceptedAt: now,
      reopensAt: minutes(30 + 120),
      endedAt: null,
    });
  });
  test.each([
    { case: 'the sender', errand: anErrand({}), userId: senderId, code: 'ERRAND_OWN' },
    {
      case: 'the sender, later',
      errand: anErrand({ state: 'started' }),
      userId: senderId,
      code: 'ERRAND_OWN',
    },
    { case: 'one too late', errand: anErrand({ state: 'accepted' }), userId: other, code: 'ERRAND_TAKEN' },
    {
      case: 'one too late, when it is done already',
      errand: anErrand({ state: 'completed' }),
      userId: other,
      code: 'ERRAND_TAKEN',
    },
    {
      case: 'one too late, when it was taken and cancelled',
      errand: anErrand({ state: 'cancelled', runnerId, acceptedAt: minutes(29) }),
      userId: other,
      code: 'ERRAND_TAKEN',
    },
    {
      case: 'one who comes to the second an hour later',
      errand: anErrand({ state: 'started', acceptedAt: minutes(-30) }),
      userId: other,
      code: 'OBJECT_NOT_FOUND',
    },
    {
      case: 'the runner again',
      errand: anErrand({ state: 'accepted' }),
      userId: runnerId,
      code: 'TRANSITION_REFUSED',
    },
    {
      case: 'cancelled before anybody took it',
      errand: anErrand({ state: 'cancelled' }),
      userId: other,
      code: 'OBJECT_NOT_FOUND',
    },
    { case: 'expired', errand: anErrand({ state: 'expired' }), userId: other, code: 'OBJECT_NOT_FOUND' },
    { case: 'time is up', errand: anErrand({ expiresAt: now }), userId: other, code: 'OBJECT_NOT_FOUND' },
  ])('is refused: $case', ({ errand, userId, code }) => {
    expect(decideAccept(errand, userId, now, policy)).toMatchObject({ code });
  });
});

describe('on the way', () => {
  test('starting stops the time to set out', () => {
    const started = decideStart(anErrand({ state: 'accepted' }), 'runner', now);
    expect(started).toMatchObject({ state: 'started', startedAt: now, reopensAt: null });
  });
  test('completing starts the time to confirm', () => {
    expect(decideComplete(anErrand({ state: 'started' }), 'runner', receipt, now)).toMatchObject({
      state: 'completed',
      completedAt: now,
      confirmsAt: minutes(30 + 1440),
      ...receipt,
    });
  });
  test.each([0n, 600_000n])('%d may be spent of 600,000', (goodsSpentMinor) => {
    const given = { ...receipt, goodsSpentMinor };
    expect(decideComplete(anErrand({ state: 'started' }), 'runner', given, now)).toMatchObject({
      goodsSpentMinor,
    });
  });
  test('more than the budget may not be spent', () => {
    const given = { ...receipt, goodsSpentMinor: 600_001n };
    expect(decideComplete(anErrand({ state: 'started' }), 'runner', given, now)).toMatchObject({
      code: 'GOODS_OVER_BUDGET',
      details: { goodsBudgetMinor: 600_000 },
    });
  });
  test('the sender can neither start nor complete', () => {
    expect(decideStart(anErrand({ state: 'accepted' }), 'sender', now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
      details: { subject: 'errand', state: 'accepted', event: 'start', allowed: ['cancel'] },
    });
    expect(decideComplete(anErrand({ state: 'started' }), 'sender', receipt, now)).toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
  });
  test('an errand that is not started in time is open to all again', () => {
    const accepted = anErrand({ state: 'accepted' });
    expect(decideReopen(accepted, 'clock', minutes(129))).toMatchObject({ code: 'TRANSITION_REFUSED' });
    expect(decideReopen(accepted, 'clock', minutes(130))).toMatchObject({
      state: 'posted',
      runnerId: null,
      acceptedAt: null,
      reopensAt: null,
      expiresAt: accepted.expiresAt,
    });
  });
});
