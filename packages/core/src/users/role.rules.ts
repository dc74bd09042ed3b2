import type { Role, TakeRole } from '@errand-dash/contract';
import type { Viewer } from '../claim.ts';
import { type Decision, isRefusal, refuse } from '../refusal.ts';
import { ownRoles, type RoleCondition } from './roles.ts';

/** A signed-in person, as a command sees him. */
export type UserViewer = Extract<Viewer, { kind: 'user' }>;

/** The person who acts, if he is signed in and has the role. Refuses with `SESSION_MISSING` or `ROLE_MISSING`. */
export function requireRole(viewer: Viewer, role: Role): Decision<UserViewer> {
  const person = requireUser(viewer);
  if (isRefusal(person)) return person;
  return person.roles.has(role) ? person : refuse('ROLE_MISSING', { role });
}

/** The person who acts. Refuses with `SESSION_MISSING` when nobody is signed in. */
export function requireUser(viewer: Viewer): Decision<UserViewer> {
  return viewer.kind === 'user' ? viewer : refuse('SESSION_MISSING', {});
}

/** What the conditions of roles look at. */
export interface RoleCandidate {
  displayName: string;
  phone: { verifiedAt: Date } | null;
}

/** Whether a person may take this role. Refuses with `ROLE_CONDITION_UNMET`, which lists all that is missing. */
export function decideTakeRole(candidate: RoleCandidate, role: TakeRole['role']): Decision<TakeRole['role']> {
  const needs = ownRoles[role].filter((condition) => !isMet[condition](candidate));
  return needs.length === 0 ? role : refuse('ROLE_CONDITION_UNMET', { role, needs });
}

const isMet: Record<RoleCondition, (candidate: RoleCandidate) => boolean> = {
  phone_verified: ({ phone }) => phone !== null,
  name_known: ({ displayName }) => displayName.trim() !== '',
};
