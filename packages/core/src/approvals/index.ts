export { approvalMachine } from './approval.machine.ts';
export { approvalInvariants } from './approval-invariants.ts';
export type { DeviceKeyView } from './device-keys/device-key-view.ts';
export { deviceKeyMessage, verifyDeviceSignature } from './device-keys/device-signature.ts';
export { enrollDeviceKey } from './device-keys/enroll-device-key.command.ts';
export { listDeviceKeys } from './device-keys/list-device-keys.query.ts';
export { revokeDeviceKey } from './device-keys/revoke-device-key.command.ts';
export { signedDeviceKeyRevocation, signedEnrolment } from './device-keys/signed-device-keys.ts';
export type { ProvedSigner } from './proof/prove-signer.ts';
export { type ApprovalProof, type VerifyApproval, verifyApprovalOf } from './proof/verify-approval.ts';
export { pruneApprovals } from './prune-approvals.sweep.ts';
export { beginApprovalOf, type StartedApproval } from './signing/begin-approval.command.ts';
export { requireApproval } from './signing/require-approval.ts';
export type {
  SignedAction,
  SignedActions,
  SignedInput,
  SignedTerms,
  Signer,
  SigningLimit,
  SigningMeans,
} from './signing/signed-action.ts';
export { signedCeremony } from './signing/signed-ceremony.ts';
export { signedCommand, signedFromLimit } from './signing/signed-command.ts';
