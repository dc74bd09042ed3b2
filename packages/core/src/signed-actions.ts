import { beginApprovalOf, type SignedActions } from './approvals/index.ts';
import { signedPayoutAccount, signedWithdrawal } from './payments/index.ts';

/** Every action that needs a signature, by its name, with what is signed of it. */
export const signedActions = {
  'wallet.withdraw': signedWithdrawal,
  'wallet.addPayoutAccount': signedPayoutAccount,
} as const satisfies SignedActions;

/** Asks the person who calls to sign one of them. */
export const beginApproval = beginApprovalOf(signedActions);
