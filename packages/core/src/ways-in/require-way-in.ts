import type { Core } from '../core.ts';
import { orThrow, refuse } from '../refusal.ts';
import type { IdentityProvider } from './identity-providers/identity-provider.ts';
import type { WaysInSettings } from './ways-in-settings.ts';

type Ways = Pick<Core, 'waysIn'>;

/** Refuses with `WAY_IN_OFF` where passwords are off. */
export function requirePasswords({ waysIn }: Ways): NonNullable<WaysInSettings['passwords']> {
  return waysIn.passwords ?? orThrow(refuse('WAY_IN_OFF', { wayIn: 'password' }));
}

/** The provider of this name. Refuses with `WAY_IN_OFF` where none is on, and `IDENTITY_PROVIDER_UNKNOWN`. */
export function requireIdentityProvider({ waysIn }: Ways, id: string): IdentityProvider {
  const { identityProviders } = waysIn;
  if (identityProviders.length === 0) orThrow(refuse('WAY_IN_OFF', { wayIn: 'identity_provider' }));
  const provider = identityProviders.find((candidate) => candidate.id === id);
  return provider ?? orThrow(refuse('IDENTITY_PROVIDER_UNKNOWN', {}));
}

/** Second factors are for ways in that ask for one. Refuses with `WAY_IN_OFF` where none of those is on. */
export function requireSecondFactors(core: Ways): void {
  if (!areSecondFactorsOn(core)) orThrow(refuse('WAY_IN_OFF', { wayIn: 'second_factor' }));
}

export const areSecondFactorsOn = ({ waysIn }: Ways): boolean =>
  waysIn.passwords !== null || waysIn.identityProviders.length > 0;
