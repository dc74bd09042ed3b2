import type { Tx } from '@errand-dash/db';
import { type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { createUser, getPerson, type Me } from '../../users/index.ts';
import { isCredentialIdFree, savePasskey } from '../passkeys/passkey.store.ts';
import {
  type RegistrationResponse,
  type VerifiedCredential,
  verifyRegistration,
} from '../passkeys/verify-registration.ts';
import { startSession, type Tokens } from '../sessions/start-session.ts';
import { type Ceremony, consumeCeremony } from './ceremony.store.ts';

export interface FinishRegistration {
  ceremonyId: string;
  response: RegistrationResponse;
  passkeyName?: string | undefined;
  deviceId: string;
  userAgent: string;
}

/** A person who has just signed in, with what his device keeps. */
export interface SignedIn {
  tokens: Tokens;
  user: Me;
}

/**
 * Makes a person with a data key, a passkey and a session, all or nothing. The ceremony is consumed either way.
 * Refuses with `REGISTRATION_REFUSED`, without saying why, or `HANDLE_TAKEN`.
 */
export const finishRegistration = ceremony(
  'auth.finishRegistration',
  async (tx, input: FinishRegistration, context): Promise<CommandOutcome<SignedIn>> => {
    const started = await consumeCeremony(tx, input.ceremonyId, 'registration', context.now);
    if (started === null) return { refusal: refused(context, input, 'no such ceremony') };
    const person = personOf(started);
    if (person === null || started.expiresAt <= context.now) {
      return { refusal: refused(context, input, 'the ceremony has expired') };
    }
    const { origins, rpId } = context.core.auth;
    const verdict = await verifyRegistration(input.response, { challenge: started.challenge, origins, rpId });
    if (!verdict.isVerified) return { refusal: refused(context, input, verdict.reason) };
    if (!(await isCredentialIdFree(tx, verdict.credential.credentialId))) {
      return { refusal: refused(context, input, 'the credential id is known') };
    }
    const isCreated = await createUser(tx, context.core, { ...person, now: context.now });
    if (!isCreated) return { refusal: refuse('HANDLE_TAKEN', {}) };
    return enter(tx, context, person.userId, verdict.credential, input);
  },
);

async function enter(
  tx: Tx,
  context: CommandContext,
  userId: string,
  credential: VerifiedCredential,
  input: FinishRegistration,
): Promise<CommandOutcome<SignedIn>> {
  const passkeyId = context.newId();
  const name = input.passkeyName ?? 'Passkey';
  await savePasskey(tx, { id: passkeyId, userId, name, credential, createdAt: context.now });
  const { deviceId, userAgent } = input;
  const { tokens, event } = await startSession(tx, context, { userId, passkeyId, deviceId, userAgent });
  const registered = {
    name: 'user.registered' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: { passkeyId },
  };
  return {
    result: { tokens, user: await getPerson(tx, context.core.keyring, userId) },
    events: [registered, event],
  };
}

function personOf({ userId, handle, displayName }: Ceremony) {
  return userId === null || handle === null || displayName === null ? null : { userId, handle, displayName };
}

function refused(
  { core, audit }: CommandContext,
  { ceremonyId }: FinishRegistration,
  reason: string,
): Refusal {
  audit({ subjects: [{ type: 'ceremony', id: ceremonyId }], data: { reason } });
  core.log('warn', 'a registration was refused', { ceremonyId, reason });
  return refuse('REGISTRATION_REFUSED', {});
}
