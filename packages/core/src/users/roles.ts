import type { Role } from '@errand-dash/contract';

export type RoleCondition = 'phone_verified' | 'name_known';

/** Everything that needs a role, by the name of the procedure that does it; one name may stand for several. */
export const permissions = [
  'errands.post',
  'errands.findNear',
  'errands.accept',
  'admin.readUsers',
  'admin.suspendUser',
  'admin.reinstateUser',
  'admin.grantRole',
  'admin.revokeRole',
] as const;
export type Permission = (typeof permissions)[number];

/** What a role is: what it lets its person do, what must be true of him first, and who gives it. */
export interface RoleTerms {
  permissions: readonly Permission[];
  needs: readonly RoleCondition[];
  /** Roles that nobody has beside it. */
  excludes: readonly Role[];
  /** Whether a person may take it for himself. */
  isSelfService: boolean;
  /** The roles whose people may grant and revoke it, beside the permission to grant and revoke at all. */
  grantedBy: readonly Role[];
}

/** Who works for the platform earns nothing through it: nobody judges what he is paid for. */
const earners = ['runner', 'vendor'] as const;
const operators = ['moderator', 'admin', 'super_admin'] as const;

const moderatorPermissions = ['admin.readUsers'] as const satisfies readonly Permission[];
const adminPermissions = [
  ...moderatorPermissions,
  'admin.suspendUser',
  'admin.reinstateUser',
  'admin.grantRole',
  'admin.revokeRole',
] as const satisfies readonly Permission[];

/** Every role. The least of several that have a permission stands first. */
export const roleTable = {
  sender: {
    permissions: ['errands.post'],
    needs: [],
    excludes: [],
    isSelfService: true,
    grantedBy: ['admin', 'super_admin'],
  },
  runner: {
    permissions: ['errands.findNear', 'errands.accept'],
    needs: ['phone_verified', 'name_known'],
    excludes: operators,
    isSelfService: true,
    grantedBy: ['admin', 'super_admin'],
  },
  vendor: {
    permissions: [],
    needs: ['phone_verified', 'name_known'],
    excludes: operators,
    isSelfService: false,
    grantedBy: ['admin', 'super_admin'],
  },
  moderator: {
    permissions: moderatorPermissions,
    needs: ['name_known'],
    excludes: earners,
    isSelfService: false,
    grantedBy: ['admin', 'super_admin'],
  },
  admin: {
    permissions: adminPermissions,
    needs: ['name_known'],
    excludes: earners,
    isSelfService: false,
    grantedBy: ['super_admin'],
  },
  super_admin: {
    permissions: adminPermissions,
    needs: ['name_known'],
    excludes: earners,
    isSelfService: false,
    grantedBy: ['super_admin'],
  },
} as const satisfies Record<Role, RoleTerms>;
