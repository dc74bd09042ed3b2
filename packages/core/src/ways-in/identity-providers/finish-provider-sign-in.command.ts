import type { Tx } from '@errand-dash/db';
import { type DevicePlace, hashDeviceId, type SignedIn } from '../../auth/index.ts';
import { after } from '../../clock.ts';
import { type Command, type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { refuse } from '../../refusal.ts';
import { enter } from '../enter.ts';
import { lockEntry } from '../lock-entry.ts';
import { beginSecondFactor, type SecondFactorChallenge } from '../second-factors/begin-second-factor.ts';
import { findSecondFactors } from '../second-factors/second-factor-kinds.ts';
import { findTotpConfirmedAt } from '../second-factors/totp.store.ts';
import {
  findIdentityBySubject,
  isEmailVerifiedBySomebody,
  type LinkedIdentity,
  lockSubject,
  saveIdentityUse,
  subjectIndex,
} from './identity.store.ts';
import { saveIdentityCeremony } from './identity-ceremony.store.ts';
import type { ProvenIdentity } from './identity-provider.ts';
import { proveIdentity, refused } from './prove-identity.ts';

export interface FinishProviderSignIn extends DevicePlace {
  ceremonyId: string;
  /** The whole address to which the provider sent the person back. */
  callbackUrl: string;
}

/** What becomes of a person who came back from his identity provider. */
export type ProviderSignIn =
  | { outcome: 'signed_in'; signedIn: SignedIn }
  | { outcome: 'second_factor'; challenge: SecondFactorChallenge }
  | { outcome: 'account_needed'; signUpId: string; expiresAt: Date };

/**
 * Signs in the person whose identity was linked before; asks for a second factor where he has an authenticator app;
 * and lets who has no account yet choose a handle. No email address, verified or not, leads into an account: where the
 * provider verified one that somebody here has, that one is asked to sign in and to link the identity.
 * Refuses with `IDENTITY_REFUSED`, `IDENTITY_PROVIDER_UNREACHABLE` or `ACCOUNT_EXISTS`.
 */
export const finishProviderSignIn: Command<FinishProviderSignIn, ProviderSignIn> = async (
  core,
  call,
  input,
) => {
  const { ceremonyId, callbackUrl } = input;
  const owner = { deviceIdHash: hashDeviceId(input.deviceId) };
  const proven = await proveIdentity(core, call, { ceremonyId, purpose: 'sign_in', callbackUrl, owner });
  return enterByIdentity(core, call, { ...input, ...proven });
};

interface ProvenSignIn extends FinishProviderSignIn {
  provider: string;
  identity: ProvenIdentity;
}

const enterByIdentity = ceremony(
  'auth.finishProviderSignIn',
  async (tx, input: ProvenSignIn, context): Promise<CommandOutcome<ProviderSignIn>> => {
    const { keyring } = context.core;
    const index = subjectIndex(keyring, input.identity);
    await lockSubject(tx, index);
    const linked = await findIdentityBySubject(tx, index);
    if (linked !== null) return enterLinked(tx, context, linked, input);
    const { verifiedEmail } = input.identity;
    if (verifiedEmail !== null && (await isEmailVerifiedBySomebody(tx, keyring, verifiedEmail))) {
      return { refusal: refuse('ACCOUNT_EXISTS', {}) };
    }
    return { result: await beginSignUp(tx, context, input, index) };
  },
);

async function enterLinked(
  tx: Tx,
  context: CommandContext,
  { id, userId }: LinkedIdentity,
  input: ProvenSignIn,
): Promise<CommandOutcome<ProviderSignIn>> {
  const problem = await lockEntry(tx, context, userId);
  if (problem !== null) return { refusal: refused(context, { ...input, userId }, problem) };
  if (!(await saveIdentityUse(tx, id, context.now))) {
    return { refusal: refused(context, { ...input, userId }, 'the identity was unlinked meanwhile') };
  }
  // Recovery codes alone are not asked for: each sign-in would use one up.
  if ((await findTotpConfirmedAt(tx, userId)) !== null) {
    const kinds = await findSecondFactors(tx, userId, context);
    const { deviceId } = input;
    const challenge = await beginSecondFactor(tx, context, { userId, deviceId, purpose: 'identity', kinds });
    return { result: { outcome: 'second_factor', challenge } };
  }
  const { result, ...entered } = await enter(tx, context, userId, input);
  return { ...entered, result: { outcome: 'signed_in', signedIn: result } };
}

async function beginSignUp(
  tx: Tx,
  context: CommandContext,
  { provider, deviceId }: ProvenSignIn,
  index: Uint8Array,
): Promise<ProviderSignIn> {
  const signUpId = context.newId();
  const expiresAt = after(context.now, context.policy.waysIn.identityCeremonySeconds);
  await saveIdentityCeremony(tx, {
    id: signUpId,
    purpose: 'sign_up',
    provider,
    redirectUrl: null,
    secretsSealed: null,
    subjectIndex: index,
    deviceIdHash: hashDeviceId(deviceId),
    sessionId: null,
    createdAt: context.now,
    expiresAt,
  });
  return { outcome: 'account_needed', signUpId, expiresAt };
}
