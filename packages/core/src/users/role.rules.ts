import { type Role, roles, type TakeRole } from '@errand-dash/contract';
import type { Viewer } from '../claim.ts';
import { type Decision, isRefusal, refuse } from '../refusal.ts';
import { type Permission, type RoleCondition, type RoleTerms, roleTable } from './roles.ts';

/** A signed-in person, as a command sees him. */
export type UserViewer = Extract<Viewer, { kind: 'user' }>;

/**
 * The person who acts, if he is signed in and one of his roles has the permission. Refuses with `SESSION_MISSING`, or
 * with `ROLE_MISSING`, which names the least role that has it.
 */
export function requirePermission(viewer: Viewer, permission: Permission): Decision<UserViewer> {
  const person = requireUser(viewer);
  if (isRefusal(person)) return person;
  const missing = decidePermission([...person.roles], permission);
  return isRefusal(missing) ? missing : person;
}

/** Whether one of these roles has the permission. Refuses with `ROLE_MISSING`, which names the least that has it. */
export function decidePermission(held: readonly Role[], permission: Permission): Decision<Permission> {
  const allowing = rolesWith(permission);
  if (allowing.some((role) => held.includes(role))) return permission;
  return refuse('ROLE_MISSING', { role: allowing[0] ?? 'none' });
}

/**
 * Whether somebody of these roles may grant and revoke a role. Refuses with `ROLE_MISSING`, which names the least that
 * may.
 */
export function decideGiver(held: readonly Role[], role: Role): Decision<Role> {
  const { grantedBy } = termsOf(role);
  if (grantedBy.some((giver) => held.includes(giver))) return role;
  return refuse('ROLE_MISSING', { role: grantedBy[0] ?? 'none' });
}

/** The person who acts. Refuses with `SESSION_MISSING` when nobody is signed in. */
export function requireUser(viewer: Viewer): Decision<UserViewer> {
  return viewer.kind === 'user' ? viewer : refuse('SESSION_MISSING', {});
}

/** What only who works on the server itself may ask for. Refuses everybody else with `ROLE_MISSING`. */
export const requireServer = (viewer: Viewer): Decision<Viewer> =>
  viewer.kind === 'server' ? viewer : refuse('ROLE_MISSING', { role: 'admin' });

/** The roles that have a permission, the least of them first. */
export const rolesWith = (permission: Permission): Role[] =>
  roles.filter((role) => termsOf(role).permissions.includes(permission));

/** What the conditions of roles look at. */
export interface RoleCandidate {
  displayName: string;
  phone: { verifiedAt: Date } | null;
  roles: readonly Role[];
}

/**
 * Whether a person may take this role for himself. Refuses with `ROLE_CONDITION_UNMET`, which lists all that is
 * missing, and with `ROLE_CONFLICT`, which lists the roles that nobody has beside it.
 */
export const decideTakeRole = (
  candidate: RoleCandidate,
  role: TakeRole['role'],
): Decision<TakeRole['role']> => decideRole(candidate, role);

/** What must be true of whoever gets a role, by whichever hand. Refuses as {@link decideTakeRole}. */
export function decideRole<R extends Role>(candidate: RoleCandidate, role: R): Decision<R> {
  const terms = termsOf(role);
  const needs = terms.needs.filter((condition) => !isMet[condition](candidate));
  if (needs.length > 0) return refuse('ROLE_CONDITION_UNMET', { role, needs });
  const conflicts = candidate.roles.filter((other) => terms.excludes.includes(other));
  return conflicts.length === 0 ? role : refuse('ROLE_CONFLICT', { role, conflicts });
}

const termsOf = (role: Role): RoleTerms => roleTable[role];

const isMet: Record<RoleCondition, (candidate: RoleCandidate) => boolean> = {
  phone_verified: ({ phone }) => phone !== null,
  name_known: ({ displayName }) => displayName.trim() !== '',
};
