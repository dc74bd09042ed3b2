export { decideMoneyOut } from './cooling.rules.ts';
export { findPublicUsers, findPublicUsersWithKeys, type PublicUser } from './find-public-users.query.ts';
export { getMe } from './get-me.query.ts';
export { lockOwnAccount } from './lock-own-account.ts';
export {
  canRecover,
  canRecoverByContacts,
  countRecoveryCodes,
  findRecoveryFactors,
  hasRecoveryFactor,
  type RecoveryFactors,
  voidRecoveryCodes,
} from './recovery-codes/recovery-code.store.ts';
export { hashRecoveryCode } from './recovery-codes/recovery-code.ts';
export { replaceRecoveryCodes, spendRecoveryCode } from './recovery-codes/spend-recovery-code.ts';
export { findAccountChangeRefusal, requireSettled } from './require-settled.ts';
export {
  decideGiver,
  decidePermission,
  decideRole,
  type RoleCandidate,
  requirePermission,
  requireServer,
  requireUser,
  rolesWith,
  type UserViewer,
} from './role.rules.ts';
export { type Permission, permissions, type RoleTerms, roleTable } from './roles.ts';
export {
  deleteRole,
  insertStandingChange,
  lockPerson,
  lockStandings,
  type Standing,
  type StandingChange,
  saveReinstated,
  saveRole,
  saveSuspended,
} from './standing.store.ts';
export { takeRole } from './take-role.command.ts';
export { type ToldByContacts, tellContacts } from './tell-contacts.ts';
export {
  createUser,
  findCooling,
  getPerson,
  getPersonWithKey,
  type Me,
  NOBODY,
  type PersonRow,
  personWithKeyOf,
  saveCooling,
} from './user.store.ts';
export {
  type ConfirmVerification,
  confirmVerification,
} from './verification/confirm-verification.command.ts';
export { contactIndex, findContacts, saveContactsCountFrom } from './verification/contact.store.ts';
export { normalizeEmail } from './verification/email-address.rules.ts';
export { pruneVerifications } from './verification/prune-verifications.sweep.ts';
export {
  type ContactVerification,
  type StartVerification,
  startVerification,
} from './verification/start-verification.command.ts';
export { hashCode, makeCode } from './verification/verification-code.ts';
