export {
  type AccessTokenJwk,
  type AccessTokenKey,
  type AuthSettings,
  accessTokenKey,
} from './auth-settings.ts';
export { type BeginRegistration, beginRegistration } from './ceremonies/begin-registration.query.ts';
export { type BeginSignIn, beginSignIn } from './ceremonies/begin-sign-in.query.ts';
export {
  type CredentialDescriptor,
  type RegistrationOptions,
  registrationOptions,
  type SignInOptions,
  type StartedCeremony,
  signInOptions,
} from './ceremonies/ceremony-options.rules.ts';
export {
  type FinishRegistration,
  finishRegistration,
} from './ceremonies/finish-registration.command.ts';
export { type FinishSignIn, finishSignIn } from './ceremonies/finish-sign-in.command.ts';
export { pruneCeremonies } from './ceremonies/prune-ceremonies.sweep.ts';
export { beginCeremony, CHALLENGE_BYTES, ceremonyIdOf } from './ceremonies/sealed-ceremony.ts';
export { takeCeremony } from './ceremonies/spent-ceremony.store.ts';
export { refuseCredential, takeCredential } from './ceremonies/take-credential.ts';
export type { ExpectedCeremony } from './passkeys/client-data.ts';
export { isEd25519KeySound } from './passkeys/ed25519-key.rules.ts';
export {
  advanceCounter,
  findOwnPasskey,
  findOwnPasskeys,
  findPasskeyByCredentialId,
  findPasskeysByUser,
  findRecordedPasskey,
  findSessionPasskey,
  hasHadPasskey,
  lockPasskeys,
  type OwnPasskey,
  type StoredPasskey,
  savePasskey,
  savePasskeyName,
  savePasskeyRemoved,
} from './passkeys/passkey.store.ts';
export {
  type AssertionResponse,
  type AssertionVerdict,
  type KnownPasskey,
  verifyAssertion,
} from './passkeys/verify-assertion.ts';
export {
  type RegistrationResponse,
  type RegistrationVerdict,
  type VerifiedCredential,
  verifyRegistration,
} from './passkeys/verify-registration.ts';
export {
  type AccessTokenClaims,
  type AccessTokenExpectations,
  publicJwks,
  signAccessToken,
  verifyAccessToken,
} from './sessions/access-token.ts';
export { endAllSessions } from './sessions/end-all-sessions.command.ts';
export { endSession } from './sessions/end-session.command.ts';
export { listSessions, type SessionView } from './sessions/list-sessions.query.ts';
export { pruneSessions } from './sessions/prune-sessions.sweep.ts';
export { type RefreshSession, refreshSession } from './sessions/refresh-session.command.ts';
export { hashDeviceId } from './sessions/refresh-token.ts';
export { findLiveStandings, saveSessionsEnded } from './sessions/session.store.ts';
export { type EndedSession, signOut } from './sessions/sign-out.command.ts';
export { type DevicePlace, type SignedIn, startSession, type Tokens } from './sessions/start-session.ts';
export { type TokenKeyStep, takeTokenKeyStep, tokenKeySteps } from './sessions/token-keys.rules.ts';
export { createTokenReader, type TokenReader } from './sessions/token-reader.ts';
