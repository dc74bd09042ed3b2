export type { Authenticator } from './authenticator.ts';
export {
  createErrandDash,
  type ErrandDash,
  type ErrandDashOptions,
  type RecoveryProof,
  type SessionCalls,
} from './create-errand-dash.ts';
export { type DeviceKeyPair, type DeviceSigner, deviceSignerOf, makeDeviceKey } from './device-signer.ts';
export {
  type ErrandDashError,
  type ErrandDashErrorOf,
  type ErrorCode,
  type ErrorDetailsByCode,
  isErrandDashError,
} from './errand-dash-error.ts';
export type { Fetch } from './fetch-answer.ts';
export type { AppRouter } from './generated/app-router.ts';
export type { LedgerKeys, SignatureFault, SignedHead } from './head-signature.ts';
export type { PasskeyCalls } from './passkey-calls.ts';
export type { CallOptions, Inputs, Me, Outputs, StreamOptions } from './router-types.ts';
export type { TokenStorage } from './session.ts';
export { type HeadsFault, type HeadsVerdict, verifyHeads } from './verify-heads.ts';
export { type Receipt, type ReceiptFault, type ReceiptVerdict, verifyReceipt } from './verify-receipt.ts';
export {
  type LineFault,
  type LineVerdict,
  type StatementHeadFault,
  type StatementLine,
  type StatementPage,
  type StatementPageFault,
  type StatementVerdict,
  type VerifyStatement,
  verifyStatement,
} from './verify-statement.ts';
export type { ProviderSignIn, SecondFactorChallenge, WaysInCalls } from './ways-in.ts';
