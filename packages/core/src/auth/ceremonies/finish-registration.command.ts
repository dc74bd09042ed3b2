import type { Tx } from '@errand-dash/db';
import { askingCeremony, type CommandContext, type CommandOutcome } from '../../command.ts';
import { refuse } from '../../refusal.ts';
import { createUser, getPersonWithKey } from '../../users/index.ts';
import { savePasskey } from '../passkeys/passkey.store.ts';
import type { RegistrationResponse, VerifiedCredential } from '../passkeys/verify-registration.ts';
import { type DevicePlace, type SignedIn, startSession } from '../sessions/start-session.ts';
import { takeCeremony } from './spent-ceremony.store.ts';
import { NO_CEREMONY, refuseCredential, takeCredential } from './take-credential.ts';

export interface FinishRegistration extends DevicePlace {
  ceremony: string;
  response: RegistrationResponse;
  passkeyName?: string | undefined;
}

/**
 * Makes a person with a data key, a passkey and a session, all or nothing. The ceremony is consumed either way.
 * Refuses with `REGISTRATION_REFUSED`, without saying why, or `HANDLE_TAKEN`.
 */
export const finishRegistration = askingCeremony(
  'auth.finishRegistration',
  (tx, input: FinishRegistration, core) =>
    takeCeremony(tx, core, { purpose: 'registration' }, input.ceremony),
  async (tx, input, context, started): Promise<CommandOutcome<SignedIn>> => {
    if (started === null) return { refusal: refuseCredential(context, input, NO_CEREMONY) };
    const credential = await takeCredential(tx, context, started, input.response);
    if (typeof credential === 'string') return { refusal: refuseCredential(context, input, credential) };
    const { userId } = started.topic;
    const isCreated = await createUser(tx, context.core, { ...started.topic, now: context.now });
    if (!isCreated) return { refusal: refuse('HANDLE_TAKEN', {}) };
    return enter(tx, context, userId, credential, input);
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
  const { deviceId, userAgent, networkAddress } = input;
  const account = await getPersonWithKey(tx, context.core.keyring, userId);
  const given = { ...account, passkeyId, deviceId, userAgent, networkAddress };
  const { result, event, writes } = await startSession(context, given);
  const registered = {
    name: 'user.registered' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: { passkeyId },
  };
  return { result, events: [registered, event], writes };
}
