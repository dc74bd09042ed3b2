import { type AdministeredUser, formatId, type StandingChange } from '@errand-dash/contract';
import type { KeptStandingChange, AdministeredUser as Person } from '@errand-dash/core';

export const presentAdministeredUser = (person: Person): AdministeredUser => ({
  ...person,
  userId: formatId('user', person.userId),
  roles: person.roles.map((granted) => ({ ...granted, grantedBy: userIdOf(granted.grantedBy) })),
});

export const presentStandingChange = (change: KeptStandingChange): StandingChange => ({
  ...change,
  byUserId: userIdOf(change.byUserId),
  approvalId: change.approvalId === null ? null : formatId('approval', change.approvalId),
});

const userIdOf = (id: string | null): string | null => (id === null ? null : formatId('user', id));
