export {
  type AccessTokenJwk,
  type AccessTokenKey,
  type AuthSettings,
  accessTokenKey,
} from './auth-settings.ts';
export { type BeginRegistration, beginRegistration } from './ceremonies/begin-registration.command.ts';
export { type BeginSignIn, beginSignIn } from './ceremonies/begin-sign-in.command.ts';
export {
  type CredentialDescriptor,
  type RegistrationOptions,
  type SignInOptions,
  type StartedCeremony,
  signInOptions,
} from './ceremonies/ceremony-options.rules.ts';
export {
  type FinishRegistration,
  finishRegistration,
  type SignedIn,
} from './ceremonies/finish-registration.command.ts';
export { type FinishSignIn, finishSignIn } from './ceremonies/finish-sign-in.command.ts';
export { pruneCeremonies } from './ceremonies/prune-ceremonies.sweep.ts';
export type { ExpectedCeremony } from './passkeys/client-data.ts';
export {
  advanceCounter,
  findPasskeyByCredentialId,
  findPasskeysByUser,
  type StoredPasskey,
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
export { type RefreshSession, refreshSession } from './sessions/refresh-session.command.ts';
export { type EndedSession, signOut } from './sessions/sign-out.command.ts';
export type { Tokens } from './sessions/start-session.ts';
