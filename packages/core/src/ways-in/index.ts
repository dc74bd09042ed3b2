export { requireProvenSession } from './fresh-session.ts';
export { getMyWaysIn, getWaysIn, type OwnWaysIn } from './get-ways-in.query.ts';
export {
  type BeginProviderLink,
  type BeginProviderSignIn,
  beginProviderLink,
  beginProviderSignIn,
  type StartedIdentityCeremony,
} from './identity-providers/begin-identity-ceremony.command.ts';
export {
  type FinishProviderSignIn,
  finishProviderSignIn,
  type ProviderSignIn,
} from './identity-providers/finish-provider-sign-in.command.ts';
export type { LinkedIdentity } from './identity-providers/identity.store.ts';
export { createIdentityProvider, type IdentityProvider } from './identity-providers/identity-provider.ts';
export {
  type IdentityProviderSettings,
  identityProvidersSetting,
} from './identity-providers/identity-provider-settings.ts';
export { type LinkProvider, linkProvider } from './identity-providers/link-provider.command.ts';
export {
  type SignUpWithProvider,
  signUpWithProvider,
} from './identity-providers/sign-up-with-provider.command.ts';
export { unlinkProvider } from './identity-providers/unlink-provider.command.ts';
export { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts';
export { removePassword } from './passwords/remove-password.command.ts';
export { type PasswordState, type SetPassword, setPassword } from './passwords/set-password.command.ts';
export { type SignInWithPassword, signInWithPassword } from './passwords/sign-in-with-password.command.ts';
export { signedPassword, signedPasswordRemoval } from './passwords/signed-password.ts';
export { pruneWaysIn } from './prune-ways-in.sweep.ts';
export type { SecondFactorChallenge } from './second-factors/begin-second-factor.ts';
export { beginTotp } from './second-factors/begin-totp.command.ts';
export { confirmTotp, type TotpState } from './second-factors/confirm-totp.command.ts';
export {
  type FinishSecondFactor,
  finishSecondFactor,
} from './second-factors/finish-second-factor.command.ts';
export { removeTotp, removeTotpByCode } from './second-factors/remove-totp.command.ts';
export { signedTotpRemoval } from './second-factors/signed-totp-removal.ts';
export { onlyPasskeys, type WaysInSettings } from './ways-in-settings.ts';
