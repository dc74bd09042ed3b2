import { type Role, roles, takeRoleIn } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import type { Viewer } from '../claim.ts';
import { decideRole, type RoleCandidate, requirePermission, requireUser, rolesWith } from './role.rules.ts';
import { permissions, type RoleTerms, roleTable } from './roles.ts';

const viewer = (...roles: Role[]): Viewer => ({
  kind: 'user',
  userId: 'user-1',
  sessionId: 'session-1',
  roles: new Set(roles),
  handle: 'demo',
  displayName: 'Demo',
  moneyOutFrom: null,
});
const phone = { verifiedAt: new Date(0) };

test.each<[string, Viewer, unknown]>([
  ['has the role', viewer('sender', 'runner'), viewer('sender', 'runner')],
  ['has another', viewer('sender'), { code: 'ROLE_MISSING', details: { role: 'runner' } }],
  ['has none', viewer(), { code: 'ROLE_MISSING', details: { role: 'runner' } }],
  ['is not signed in', { kind: 'anonymous' }, { code: 'SESSION_MISSING' }],
  ['is the clock', { kind: 'clock', edge: 'errand.expire' }, { code: 'SESSION_MISSING' }],
  ['is the provider', { kind: 'provider', object: 'transaction/1' }, { code: 'SESSION_MISSING' }],
])('what needs a runner, when the one who acts %s', (_, given, answer) => {
  expect(requirePermission(given, 'errands.accept')).toMatchObject(answer as object);
});

test('what needs a person takes no machine', () => {
  expect(requireUser(viewer())).toEqual(viewer());
  expect(requireUser({ kind: 'clock', edge: 'errand.expire' })).toMatchObject({ code: 'SESSION_MISSING' });
});

const ada: RoleCandidate = { displayName: 'Ada', phone, roles: [] };

test.each<[Role, RoleCandidate, unknown]>([
  ['sender', { displayName: '', phone: null, roles: [] }, 'sender'],
  ['runner', ada, 'runner'],
  ['runner', { ...ada, phone: null }, ['phone_verified']],
  ['runner', { ...ada, displayName: ' ' }, ['name_known']],
  ['runner', { displayName: '', phone: null, roles: ['admin'] }, ['phone_verified', 'name_known']],
  ['admin', { ...ada, displayName: '' }, ['name_known']],
  ['admin', { ...ada, phone: null, roles: ['sender', 'moderator'] }, 'admin'],
])('who is to be %s and is %j gets %j', (role, candidate, answer) => {
  const decision = decideRole(candidate, role);
  if (typeof answer === 'string') expect(decision).toBe(answer);
  else expect(decision).toMatchObject({ code: 'ROLE_CONDITION_UNMET', details: { role, needs: answer } });
});

test.each<[Role, Role[], Role[]]>([
  ['runner', ['sender', 'moderator'], ['moderator']],
  ['vendor', ['admin', 'super_admin'], ['admin', 'super_admin']],
  ['admin', ['sender', 'runner'], ['runner']],
  ['super_admin', ['runner', 'vendor'], ['runner', 'vendor']],
])('nobody is %s who is %j, because of %j', (role, held, conflicts) => {
  expect(decideRole({ ...ada, roles: held }, role)).toMatchObject({
    code: 'ROLE_CONFLICT',
    details: { role, conflicts },
  });
});

describe('the table of roles', () => {
  const terms = Object.entries(roleTable) as [Role, RoleTerms][];

  test('has the roles of the contract, and people take for themselves what the contract says', () => {
    expect(Object.keys(roleTable)).toEqual([...roles]);
    const own = terms.filter(([, { isSelfService }]) => isSelfService).map(([role]) => role);
    expect(own).toEqual(takeRoleIn.shape.role.options);
  });

  test.each(terms)('excludes alike from both sides: %s', (role, { excludes }) => {
    for (const other of excludes) expect(roleTable[other].excludes).toContain(role);
    expect(excludes).not.toContain(role);
  });

  test.each(terms)('lets nobody grant %s who may not grant at all', (_role, { grantedBy }) => {
    expect(grantedBy).toContain('super_admin');
    for (const granting of grantedBy) {
      expect(roleTable[granting].permissions).toContain('admin.grantRole');
      expect(roleTable[granting].permissions).toContain('admin.revokeRole');
    }
  });

  test.each(permissions)(
    'gives %s to somebody, and to no role that people take for themselves where it is an operator’s',
    (permission) => {
      const allowed = rolesWith(permission);
      expect(allowed.length).toBeGreaterThan(0);
      if (permission.startsWith('admin.')) {
        for (const role of allowed) expect(roleTable[role].isSelfService).toBe(false);
      }
    },
  );
});
