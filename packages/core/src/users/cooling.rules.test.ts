import type { Role } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { decideAccountChange, decideMoneyOut } from './cooling.rules.ts';

const now = new Date('2026-01-01T12:00:00Z');
const person = { roles: new Set<Role>(), handle: 'demo', displayName: 'Demo' };
const later = new Date(now.getTime() + 1);

test.each<[string, Date | null, boolean]>([
  ['nothing holds it', null, true],
  ['the instant has come', now, true],
  ['the instant is to come', later, false],
])('money leaves and the ways in change where %s: %s, %s', (_, moneyOutFrom, isFree) => {
  const refused = (code: string) =>
    isFree ? null : { isRefusal: true, code, details: { availableFrom: later } };
  const viewer = { kind: 'user', userId: 'user', sessionId: 'session', ...person, moneyOutFrom } as const;
  expect(decideMoneyOut(viewer, now)).toEqual(refused('MONEY_OUT_COOLING'));
  expect(decideAccountChange(moneyOutFrom, now)).toEqual(refused('ACCOUNT_COOLING'));
});

test('the clock may always let money leave', () => {
  expect(decideMoneyOut({ kind: 'clock', edge: 'errand.confirm' }, now)).toBeNull();
});
