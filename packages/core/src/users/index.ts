export {
  type ConfirmPhoneVerification,
  confirmPhoneVerification,
} from './confirm-phone-verification.command.ts';
export { createFileSms } from './file-sms.ts';
export { findPublicUsers, type PublicUser } from './find-public-users.query.ts';
export { getMe } from './get-me.query.ts';
export {
  decideRole,
  type RoleCandidate,
  requirePermission,
  requireUser,
  rolesWith,
  type UserViewer,
} from './role.rules.ts';
export { type Permission, permissions, type RoleTerms, roleTable } from './roles.ts';
export type { SmsPort } from './sms-port.ts';
export {
  deleteRole,
  insertStandingChange,
  lockPerson,
  type StandingChange,
  saveRole,
} from './standing.store.ts';
export {
  type PhoneVerification,
  type StartPhoneVerification,
  startPhoneVerification,
} from './start-phone-verification.command.ts';
export { takeRole } from './take-role.command.ts';
export { createUser, getPerson, hasRecoveryFactor, type Me } from './user.store.ts';
