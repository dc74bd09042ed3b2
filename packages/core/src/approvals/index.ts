export { approvalMachine } from './approval.machine.ts';
export { approvalInvariants } from './approval-invariants.ts';
export { beginApprovalOf, type StartedApproval } from './begin-approval.command.ts';
export { requireApproval } from './require-approval.ts';
export type {
  SignedAction,
  SignedActions,
  SignedInput,
  SignedTerms,
  Signer,
  SigningLimit,
  SigningMeans,
} from './signed-action.ts';
export { signedCeremony } from './signed-ceremony.ts';
export { signedCommand, signedFromLimit } from './signed-command.ts';
export { type ApprovalProof, verifyApproval } from './verify-approval.ts';
