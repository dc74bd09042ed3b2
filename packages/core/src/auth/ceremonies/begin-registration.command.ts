import { after } from '../../clock.ts';
import { question } from '../../command.ts';
import { CHALLENGE_BYTES, ceremonyInsertion } from './ceremony.store.ts';
import {
  type RegistrationOptions,
  registrationOptions,
  type StartedCeremony,
} from './ceremony-options.rules.ts';

export interface BeginRegistration {
  handle: string;
  displayName: string;
}

/** Asks a new person's authenticator for a passkey. Whether the handle is free is told at the end, to who has one. */
export const beginRegistration = question(
  'auth.beginRegistration',
  async (_tx, input: BeginRegistration, context) => {
    const { core, now, policy } = context;
    const challenge = context.random(CHALLENGE_BYTES);
    const person = { userId: context.newId(), handle: input.handle, displayName: input.displayName };
    const ceremonyId = context.newId();
    const expiresAt = after(now, policy.auth.challengeSeconds);
    const ceremony = ceremonyInsertion({
      id: ceremonyId,
      purpose: 'registration',
      challenge,
      ...person,
      sessionId: null,
      allowedPasskeyIds: null,
      createdAt: now,
      expiresAt,
    });
    const options = registrationOptions(core.auth, person, challenge, policy.auth.challengeSeconds);
    const result: StartedCeremony<RegistrationOptions> = { ceremonyId, options, expiresAt };
    return { result, writes: [ceremony] };
  },
);
