import { z } from 'zod';
import { approvalIn } from './approvals.ts';
import { idIn, idOut } from './ids.ts';
import { handle, role, standingReason } from './users.ts';

export const grantRoleIn = z.strictObject({
  userId: idIn('user'),
  role,
  reason: standingReason,
  approval: approvalIn,
});

export const revokeRoleIn = grantRoleIn;

export const suspendUserIn = z.strictObject({
  userId: idIn('user'),
  reason: standingReason,
  approval: approvalIn,
});

export const reinstateUserIn = suspendUserIn;

export const findUserIn = z.strictObject({ handle });
export const getUserIn = z.strictObject({ userId: idIn('user') });

/** A person as operators see him: who he is, what he may do and by whom. */
export const administeredUser = z.strictObject({
  userId: idOut('user'),
  handle: z.string(),
  displayName: z.string(),
  /** All but the last two digits are hidden. */
  phone: z.strictObject({ masked: z.string(), verifiedAt: z.date() }).nullable(),
  roles: z.array(
    z.strictObject({
      role,
      grantedAt: z.date(),
      /** The operator. Null: the person himself, or somebody on the server. */
      grantedBy: idOut('user').nullable(),
      reason: z.string().nullable(),
    }),
  ),
  suspendedAt: z.date().nullable(),
  createdAt: z.date(),
});
export type AdministeredUser = z.infer<typeof administeredUser>;

export const foundUser = z.strictObject({ user: administeredUser.nullable() });

/** A change of what a person may do. */
export const standingChange = z.strictObject({
  change: z.enum(['granted', 'revoked', 'suspended', 'reinstated']),
  role: role.nullable(),
  byKind: z.enum(['self', 'operator', 'server']),
  byUserId: idOut('user').nullable(),
  /** The operator's signature, which can be proved. */
  approvalId: idOut('approval').nullable(),
  reason: z.string().nullable(),
  changedAt: z.date(),
});
export type StandingChange = z.infer<typeof standingChange>;

/** A person with the last 100 changes of what he may do, newest first. */
export const administeredUserHistory = z.strictObject({
  user: administeredUser,
  changes: z.array(standingChange),
});
