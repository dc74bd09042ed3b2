export * from './admin/index.ts';
export type { SignedAction, SignedInput, SignedTerms, StartedApproval } from './approvals/index.ts';
export {
  type ApprovalProof,
  type DeviceKeyView,
  deviceKeyMessage,
  enrollDeviceKey,
  listDeviceKeys,
  type ProvedSigner,
  revokeDeviceKey,
  verifyDeviceSignature,
} from './approvals/index.ts';
export * from './audit/index.ts';
export * from './auth/index.ts';
export { checkDatabase } from './check-database.ts';
export type { Call, Caller, Viewer } from './claim.ts';
export type { Clock } from './clock.ts';
export type { ClockOffset } from './clock-offset.store.ts';
export { type Command, ceremony, command, question } from './command.ts';
export type { Core, Log, Wake } from './core.ts';
export { createCore } from './create-core.ts';
export { createDatabaseClock } from './database-clock.ts';
export { databaseTime } from './database-time.query.ts';
export * from './errands/index.ts';
export * from './escrow/index.ts';
export * from './events/index.ts';
export * from './exchange/index.ts';
export { allInvariants, checkAllInvariants } from './invariants.ts';
export { isBusy } from './is-busy.ts';
export { LedgerRefused } from './ledger.ts';
export { machines } from './machines.ts';
export { formatDecimal } from './money.ts';
export { moveClock } from './move-clock.command.ts';
export { movements } from './movements.ts';
export { networkOf } from './network-of.rules.ts';
export * from './notices/index.ts';
export * from './passkeys/index.ts';
export * from './payments/index.ts';
export { defaultPolicy, type Policy } from './policy.ts';
export * from './rate-limits/index.ts';
export * from './recovery/index.ts';
export { isRefusal, type Refusal, Refused, refuse } from './refusal.ts';
export type { SampledMovement } from './sampled-movement.ts';
export {
  blindIndex,
  type Keyring,
  open,
  SealBroken,
  type SealedPlace,
  type SealingKey,
  seal,
} from './sealing.ts';
export * from './seals/index.ts';
export { serializePlain } from './serialize-plain.ts';
export * from './settings.ts';
export { beginApproval, signedActions, verifyApproval } from './signed-actions.ts';
export type { AnyMachine, StateMachine } from './state-machine.ts';
export { kindOfError, type Sweep } from './sweep.ts';
export { sweeps } from './sweeps.ts';
export * from './users/index.ts';
export * from './wallet/index.ts';
export * from './ways-in/index.ts';
