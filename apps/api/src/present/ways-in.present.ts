import {
  formatId,
  type Identity,
  type MyWaysIn,
  type ProviderSignIn,
  type SecondFactorChallenge,
} from '@errand-dash/contract';
import type {
  Core,
  LinkedIdentity,
  OwnWaysIn,
  ProviderSignIn as ProviderSignInOutcome,
  StartedIdentityCeremony,
  SecondFactorChallenge as StartedSecondFactor,
} from '@errand-dash/core';
import { presentSignedIn } from './auth.present.ts';

export const presentSecondFactor = ({
  secondFactorId,
  kinds,
  ...challenge
}: StartedSecondFactor): SecondFactorChallenge => ({
  ...challenge,
  kinds: [...kinds],
  secondFactorId: formatId('secondFactor', secondFactorId),
});

export const presentIdentityCeremony = ({ ceremonyId, ...ceremony }: StartedIdentityCeremony) => ({
  ...ceremony,
  ceremonyId: formatId('ceremony', ceremonyId),
});

export function presentProviderSignIn(outcome: ProviderSignInOutcome): ProviderSignIn {
  switch (outcome.outcome) {
    case 'signed_in':
      return { outcome: 'signed_in', signedIn: presentSignedIn(outcome.signedIn) };
    case 'second_factor':
      return { outcome: 'second_factor', challenge: presentSecondFactor(outcome.challenge) };
    case 'account_needed':
      return { ...outcome, signUpId: formatId('ceremony', outcome.signUpId) };
  }
}

export const presentIdentity = (
  { waysIn }: Pick<Core, 'waysIn'>,
  { id, provider, linkedAt, lastUsedAt }: LinkedIdentity,
): Identity => ({
  identityId: formatId('identity', id),
  provider,
  name: waysIn.identityProviders.find((candidate) => candidate.id === provider)?.name ?? null,
  linkedAt,
  lastUsedAt,
});

export const presentMyWaysIn = (core: Pick<Core, 'waysIn'>, own: OwnWaysIn): MyWaysIn => ({
  ...own,
  identities: own.identities.map((identity) => presentIdentity(core, identity)),
});
