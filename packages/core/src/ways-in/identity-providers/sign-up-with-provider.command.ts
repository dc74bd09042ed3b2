import { type DevicePlace, hashDeviceId, type SignedIn } from '../../auth/index.ts';
import { type CommandOutcome, ceremony } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { createUser } from '../../users/index.ts';
import { enter } from '../enter.ts';
import { requireIdentityProvider } from '../require-way-in.ts';
import { findIdentityBySubject, lockSubject, saveIdentity } from './identity.store.ts';
import { consumeIdentityCeremony } from './identity-ceremony.store.ts';
import { refused } from './prove-identity.ts';

export interface SignUpWithProvider extends DevicePlace {
  signUpId: string;
  handle: string;
  displayName: string;
}

/**
 * Makes an account for who came back from his identity provider without one, and signs in. It has no passkey yet, and
 * no email address: those he adds himself. Where the handle is taken he may choose another.
 * Refuses with `IDENTITY_REFUSED` or `HANDLE_TAKEN`.
 */
export const signUpWithProvider = ceremony(
  'auth.signUpWithProvider',
  async (tx, input: SignUpWithProvider, context): Promise<CommandOutcome<SignedIn>> => {
    const { core, now } = context;
    const { signUpId, handle, displayName } = input;
    const owner = { deviceIdHash: hashDeviceId(input.deviceId) };
    const started = await consumeIdentityCeremony(tx, { id: signUpId, purpose: 'sign_up', owner }, now);
    if (started === null || started.subjectIndex === null || started.expiresAt <= now) {
      return { refusal: refused(context, { ceremonyId: signUpId }, 'no such sign-up') };
    }
    const { provider, subjectIndex } = started;
    requireIdentityProvider(core, provider);
    await lockSubject(tx, subjectIndex);
    if ((await findIdentityBySubject(tx, subjectIndex)) !== null) {
      return { refusal: refused(context, { ceremonyId: signUpId }, 'the identity is linked by now') };
    }
    const userId = context.newId();
    const isCreated = await createUser(tx, core, { userId, handle, displayName, now });
    // Thrown, so that the sign-up is not consumed.
    if (!isCreated) return orThrow(refuse('HANDLE_TAKEN', {}));
    const identityId = context.newId();
    await saveIdentity(tx, { id: identityId, userId, provider, subjectIndex, now });
    const entered = await enter(tx, context, userId, input);
    const registered = {
      name: 'user.registered' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { identityId },
    };
    return { ...entered, events: [registered, ...entered.events] };
  },
);
