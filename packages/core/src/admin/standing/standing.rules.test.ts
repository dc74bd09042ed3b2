import { type Role, roles } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import type { Standing } from '../../users/index.ts';
import {
  type Change,
  decideFirst,
  decideGrant,
  decideReinstatement,
  decideRevocation,
  decideSuspension,
} from './standing.rules.ts';

const now = new Date('2026-03-01T09:00:00Z');
const standing = (userId: string, held: readonly Role[], given: Partial<Standing> = {}): Standing => ({
  userId,
  displayName: 'Demo',
  phone: { verifiedAt: now },
  roles: held,
  suspendedAt: null,
  ...given,
});
const change = (operator: Role[], person: Role[], given: Partial<Standing> = {}): Change => ({
  operator: standing('operator', operator),
  person: standing('person', person, given),
});
const answerOf = (decision: unknown) =>
  isRefusal(decision) ? [decision.code, 'role' in decision.details ? decision.details.role : null] : 'yes';

/** Who may give and take each role. Every other cell is refused, naming the least who may. */
const givers: Record<Role, Role[]> = {
  sender: ['admin', 'super_admin'],
  runner: ['admin', 'super_admin'],
  vendor: ['admin', 'super_admin'],
  moderator: ['admin', 'super_admin'],
  admin: ['super_admin'],
  super_admin: ['super_admin'],
};
const cells = roles.flatMap((operator) => roles.map((role) => [operator, role] as const));

test.each(cells)('%s gives and takes %s, or not', (operator, role) => {
  const isGiver = givers[role].includes(operator);
  const isAdmin = ['admin', 'super_admin'].includes(operator);
  const expected = isGiver ? 'yes' : ['ROLE_MISSING', isAdmin ? 'super_admin' : 'admin'];
  expect(answerOf(decideGrant(change([operator], []), role))).toEqual(expected);
  expect(answerOf(decideRevocation(change([operator], [role]), role))).toEqual(expected);
  expect(answerOf(decideSuspension(change([operator], [role]), now))).toEqual(expected);
  expect(answerOf(decideReinstatement(change([operator], [role], { suspendedAt: now })))).toEqual(expected);
});

test('nobody changes his own standing, whatever he is', () => {
  const own = standing('operator', ['super_admin']);
  const self: Change = { operator: own, person: own };
  const decisions = [
    decideGrant(self, 'admin'),
    decideRevocation(self, 'super_admin'),
    decideSuspension(self, now),
  ];
  expect(decisions.map(answerOf)).toEqual(Array.from({ length: 3 }, () => ['STANDING_OWN', null]));
});

test('an operator who is suspended changes nothing any more', () => {
  const operator = standing('operator', ['super_admin'], { suspendedAt: now });
  const person = standing('person', ['sender']);
  expect(answerOf(decideGrant({ operator, person }, 'moderator'))).toEqual(['USER_SUSPENDED', null]);
  expect(answerOf(decideSuspension({ operator, person }, now))).toEqual(['USER_SUSPENDED', null]);
});

test('what is so already is told', () => {
  const unchanged = ['STANDING_UNCHANGED', null];
  expect(answerOf(decideGrant(change(['admin'], ['sender']), 'sender'))).toEqual(unchanged);
  expect(answerOf(decideRevocation(change(['admin'], []), 'sender'))).toEqual(unchanged);
  expect(answerOf(decideSuspension(change(['admin'], [], { suspendedAt: now }), now))).toEqual(unchanged);
  expect(answerOf(decideReinstatement(change(['admin'], [])))).toEqual(unchanged);
});

test('the conditions of a role hold for whoever is given it', () => {
  expect(decideGrant(change(['admin'], [], { phone: null }), 'runner')).toMatchObject({
    code: 'ROLE_CONDITION_UNMET',
    details: { role: 'runner', needs: ['phone_verified'] },
  });
  expect(decideGrant(change(['super_admin'], ['runner']), 'admin')).toMatchObject({
    code: 'ROLE_CONFLICT',
    details: { role: 'admin', conflicts: ['runner'] },
  });
});

test('a person is suspended only by who may take all of his roles', () => {
  expect(answerOf(decideSuspension(change(['admin'], ['sender', 'admin']), now))).toEqual([
    'ROLE_MISSING',
    'super_admin',
  ]);
  expect(answerOf(decideSuspension(change(['admin'], ['sender', 'moderator']), now))).toBe('yes');
});

test.each([
  ['the first', standing('p', []), 0, false, 'yes'],
  ['a second', standing('p', []), 1, false, ['SUPER_ADMIN_PRESENT', null]],
  ['a second by force', standing('p', []), 1, true, 'yes'],
  ['one again', standing('p', ['super_admin']), 1, true, ['STANDING_UNCHANGED', null]],
  ['a runner', standing('p', ['runner']), 0, true, ['ROLE_CONFLICT', 'super_admin']],
] as const)('on the server %s: %#', (_name, person, superAdminsPresent, isForced, expected) => {
  expect(answerOf(decideFirst(person, { superAdminsPresent, isForced }))).toEqual(expected);
});
