import { expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import { decideRate, decideTry, hasCodeToSpare } from './second-factor.rules.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date(now.getTime() + 1);
const policy = defaultPolicy.waysIn;
const none = { wrongTries: 0, oldestAt: null };
const open = { isSameDevice: true, triesLeft: 1, expiresAt: later, consumedAt: null };

test.each([
  ['open', open, 'try'],
  ['not there', null, 'CODE_SPENT'],
  ["another device's", { ...open, isSameDevice: false }, 'CODE_SPENT'],
  ['without tries', { ...open, triesLeft: 0 }, 'CODE_SPENT'],
  ['past its time', { ...open, expiresAt: now }, 'CODE_SPENT'],
  ['consumed', { ...open, consumedAt: now }, 'CODE_SPENT'],
])('a challenge that is %s', (_name, challenge, expected) => {
  const decision = decideTry(challenge, none, now, policy);
  expect(typeof decision === 'string' ? decision : decision.code).toBe(expected);
});

test('too many wrong codes of a person make all wait until the oldest is past', () => {
  const oldestAt = new Date(now.getTime() - 600_000);
  const max = policy.secondFactorWrongMax;
  expect(decideRate({ wrongTries: max - 1, oldestAt }, now, policy)).toBe('try');
  const refusal = { code: 'RATE_LIMITED', details: { retryAfterSeconds: 3000 } };
  expect(decideRate({ wrongTries: max, oldestAt }, now, policy)).toMatchObject(refusal);
  expect(decideTry(open, { wrongTries: max, oldestAt }, now, policy)).toMatchObject(refusal);
});

test.each([
  [0, 1, now, false],
  [1, 0, null, false],
  [1, 0, now, true],
  // They bring nobody back yet.
  [1, 0, later, false],
  [1, 1, null, true],
  [2, 0, null, true],
])(
  'of %i recovery codes, beside %i passkeys and contacts from %s, one may be spent: %s',
  (codesLeft, passkeys, contactsRecoverFrom, may) => {
    expect(hasCodeToSpare({ codesLeft, contactsRecoverFrom }, passkeys, now)).toBe(may);
  },
);
