import type { TakeRole } from '@errand-dash/contract';

export type RoleCondition = 'phone_verified' | 'name_known';

/** The roles that a person may take for himself, and what must be true of him first. */
export const ownRoles = {
  sender: [],
  runner: ['phone_verified', 'name_known'],
} as const satisfies Record<TakeRole['role'], readonly RoleCondition[]>;
