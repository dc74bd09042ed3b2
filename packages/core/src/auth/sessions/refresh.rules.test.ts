import { expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import { decideRefresh, idleExpiry, type PresentedToken } from './refresh.rules.ts';

const now = new Date('2026-01-01T12:00:00Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1000);
const session = { endedAt: null, idleExpiresAt: seconds(1), absoluteExpiresAt: seconds(1) };
const live: PresentedToken = {
  spentAt: null,
  isSuccessorSpent: false,
  isSameDevice: true,
  session,
  isSuspended: false,
};
const spent = { ...live, spentAt: seconds(-10) };
const invalid = { code: 'REFRESH_TOKEN_INVALID' };

test.each<[string, PresentedToken, unknown]>([
  ['a live token is rotated', live, 'rotate'],
  ['a live token without its device is refused', { ...live, isSameDevice: false }, invalid],
  ['a spent one is repeated to its device within the grace', spent, 'repeat'],
  ['a spent one ends the family after the grace', { ...spent, spentAt: seconds(-10.001) }, 'endFamily'],
  ['a spent one ends the family from another device', { ...spent, isSameDevice: false }, 'endFamily'],
  [
    'a spent one ends the family once its successor was used',
    { ...spent, isSuccessorSpent: true },
    'endFamily',
  ],
  ['a session that ended stays so', { ...live, session: { ...session, endedAt: now } }, invalid],
  ['an idle session is over', { ...live, session: { ...session, idleExpiresAt: now } }, invalid],
  ['a session has an absolute end', { ...live, session: { ...session, absoluteExpiresAt: now } }, invalid],
  [
    'a copied token of a suspended person says nothing of him',
    { ...live, isSuspended: true, isSameDevice: false },
    invalid,
  ],
  [
    'a spent one ends the family of a suspended person too',
    { ...spent, isSuspended: true, isSameDevice: false },
    'endFamily',
  ],
  [
    'a suspended person is not answered again either',
    { ...spent, isSuspended: true },
    { code: 'USER_SUSPENDED' },
  ],
  ['a suspended person gets nothing', { ...live, isSuspended: true }, { code: 'USER_SUSPENDED' }],
])('%s', (_, token, decision) => {
  const decided = decideRefresh(token, now, defaultPolicy.auth);
  if (typeof decision === 'string') expect(decided).toBe(decision);
  else expect(decided).toMatchObject(decision as object);
});

test('use moves the idle end on, up to the absolute one', () => {
  const week = defaultPolicy.auth.refreshIdleSeconds;
  expect(idleExpiry(now, seconds(30 * 86_400), defaultPolicy.auth)).toEqual(seconds(week));
  expect(idleExpiry(now, seconds(100), defaultPolicy.auth)).toEqual(seconds(100));
});
