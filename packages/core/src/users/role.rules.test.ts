import type { Role } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import type { Viewer } from '../claim.ts';
import { decideTakeRole, type RoleCandidate, requireRole, requireUser } from './role.rules.ts';

const viewer = (...roles: Role[]): Viewer => ({
  kind: 'user',
  userId: 'user-1',
  sessionId: 'session-1',
  roles: new Set(roles),
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
  expect(requireRole(given, 'runner')).toMatchObject(answer as object);
});

test('what needs a person takes no machine', () => {
  expect(requireUser(viewer())).toEqual(viewer());
  expect(requireUser({ kind: 'clock', edge: 'errand.expire' })).toMatchObject({ code: 'SESSION_MISSING' });
});

test.each<['sender' | 'runner', RoleCandidate, unknown]>([
  ['sender', { displayName: '', phone: null }, 'sender'],
  ['runner', { displayName: 'Ada', phone }, 'runner'],
  ['runner', { displayName: 'Ada', phone: null }, ['phone_verified']],
  ['runner', { displayName: ' ', phone }, ['name_known']],
  ['runner', { displayName: '', phone: null }, ['phone_verified', 'name_known']],
])('who wants to be %s and is %j gets %j', (role, candidate, answer) => {
  const decision = decideTakeRole(candidate, role);
  if (typeof answer === 'string') expect(decision).toBe(answer);
  else expect(decision).toMatchObject({ code: 'ROLE_CONDITION_UNMET', details: { role, needs: answer } });
});
