import type { IdentityProvider } from './identity-providers/identity-provider.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';

/** The ways in that are switched on beside passkeys. */
export interface WaysInSettings {
  /** Null: off. */
  passwords: {
    hasher: PasswordHasher;
    /** Null: no list is looked through. */
    breachedFile: string | null;
  } | null;
  /** By their names in the settings. Without any this way is off. */
  identityProviders: readonly IdentityProvider[];
}

/** Nothing but passkeys. */
export const onlyPasskeys: WaysInSettings = { passwords: null, identityProviders: [] };
