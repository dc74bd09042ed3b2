import type { Role } from '@errand-dash/contract';
import { type Decision, isRefusal, type Refusal, refuse } from '../../refusal.ts';
import {
  decideGiver,
  decidePermission,
  decideRole,
  type Permission,
  type Standing,
} from '../../users/index.ts';

/** Who changes what whom may do, both as they stand at this moment, under locks. */
export interface Change {
  operator: Standing;
  person: Standing;
}

// Nobody changes his own standing, and only a super admin who is one at this moment changes another's, so that there is
// always one left.

/**
 * Whether an operator may give a person a role. Refuses with `USER_SUSPENDED` and `ROLE_MISSING` where the operator is
 * no longer one, with `STANDING_OWN`, `STANDING_UNCHANGED`, `ROLE_CONDITION_UNMET` and `ROLE_CONFLICT`.
 */
export function decideGrant(change: Change, role: Role): Decision<Role> {
  const problem = operatorProblem(change, 'admin.grantRole', [role]);
  if (problem !== null) return problem;
  if (change.person.roles.includes(role)) return refuse('STANDING_UNCHANGED', {});
  return decideRole(change.person, role);
}

/** Whether an operator may take a role away. Refuses as {@link decideGrant}, but for the conditions. */
export function decideRevocation(change: Change, role: Role): Decision<Role> {
  const problem = operatorProblem(change, 'admin.revokeRole', [role]);
  if (problem !== null) return problem;
  return change.person.roles.includes(role) ? role : refuse('STANDING_UNCHANGED', {});
}

/** Whether an operator may suspend a person: he could revoke all of his roles. Refuses as {@link decideRevocation}. */
export function decideSuspension(change: Change, now: Date): Decision<Date> {
  const problem = operatorProblem(change, 'admin.suspendUser', change.person.roles);
  if (problem !== null) return problem;
  return change.person.suspendedAt === null ? now : refuse('STANDING_UNCHANGED', {});
}

/** Whether an operator may let a person in again. Refuses as {@link decideSuspension}. */
export function decideReinstatement(change: Change): Decision<'reinstated'> {
  const problem = operatorProblem(change, 'admin.reinstateUser', change.person.roles);
  if (problem !== null) return problem;
  return change.person.suspendedAt === null ? refuse('STANDING_UNCHANGED', {}) : 'reinstated';
}

/** Whether somebody on the server may make a person a super admin: it is for the first one, unless he insists. */
export function decideFirst(
  person: Standing,
  { superAdminsPresent, isForced }: { superAdminsPresent: number; isForced: boolean },
): Decision<Role> {
  if (person.roles.includes('super_admin')) return refuse('STANDING_UNCHANGED', {});
  if (superAdminsPresent > 0 && !isForced) return refuse('SUPER_ADMIN_PRESENT', {});
  return decideRole(person, 'super_admin');
}

/** What forbids an operator to touch the roles of a person, or null. */
function operatorProblem(
  { operator, person }: Change,
  permission: Permission,
  touched: readonly Role[],
): Refusal | null {
  if (operator.suspendedAt !== null) return refuse('USER_SUSPENDED', {});
  const decisions = [
    decidePermission(operator.roles, permission),
    operator.userId === person.userId ? refuse('STANDING_OWN', {}) : null,
    ...touched.map((role) => decideGiver(operator.roles, role)),
  ];
  return decisions.find(isRefusal) ?? null;
}
