import { signedGrant, signedReinstatement, signedRevocation, signedSuspension } from './admin/index.ts';
import {
  beginApprovalOf,
  type SignedActions,
  signedDeviceKeyRevocation,
  signedEnrolment,
  verifyApprovalOf,
} from './approvals/index.ts';
import { signedCancellation, signedConfirmation } from './errands/index.ts';
import { signedNewPasskey, signedPasskeyRemoval } from './passkeys/index.ts';
import { signedPayoutAccount, signedRemoval, signedWithdrawal } from './payments/index.ts';
import { signedRecoveryCodes } from './recovery/index.ts';
import { signedPassword, signedPasswordRemoval, signedTotpRemoval } from './ways-in/index.ts';

/** Every action that needs a signature, by its name: who signs it with what, from when on, and what is signed of it. */
export const signedActions = {
  'wallet.withdraw': signedWithdrawal,
  'wallet.addPayoutAccount': signedPayoutAccount,
  'wallet.removePayoutAccount': signedRemoval,
  'errands.confirm': signedConfirmation,
  'errands.cancel': signedCancellation,
  'auth.addPasskey': signedNewPasskey,
  'auth.removePasskey': signedPasskeyRemoval,
  'recovery.createCodes': signedRecoveryCodes,
  'admin.grantRole': signedGrant,
  'admin.revokeRole': signedRevocation,
  'admin.suspendUser': signedSuspension,
  'admin.reinstateUser': signedReinstatement,
  'approvals.enrollDeviceKey': signedEnrolment,
  'approvals.revokeDeviceKey': signedDeviceKeyRevocation,
  'auth.setPassword': signedPassword,
  'auth.removePassword': signedPasswordRemoval,
  'auth.removeTotp': signedTotpRemoval,
} as const satisfies SignedActions;

/** Asks the person who calls to sign one of them. */
export const beginApproval = beginApprovalOf(signedActions);

/** Proves what was done by one of them. */
export const verifyApproval = verifyApprovalOf(signedActions);
