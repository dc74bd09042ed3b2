import {
  CHALLENGE_BYTES,
  ceremonyInsertion,
  findPasskeysByUser,
  type RegistrationOptions,
  registrationOptions,
  type StartedCeremony,
} from '../auth/index.ts';
import { after } from '../clock.ts';
import { ceremony } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { getPerson, requireSettled, requireUser } from '../users/index.ts';
import { decideAnotherPasskey } from './passkey-count.rules.ts';

/**
 * Asks one of the person's authenticators for a further passkey: any but those that hold one of his already.
 * Refuses with `PASSKEY_LIMIT_REACHED` and `ACCOUNT_COOLING`.
 */
export const beginAddPasskey = ceremony(
  'auth.beginAddPasskey',
  async (tx, _input: Record<string, never>, context) => {
    const { core, now, policy } = context;
    const { userId, sessionId } = orThrow(requireUser(context.viewer));
    // Before the authenticator makes one that would be of no use.
    await requireSettled(tx, userId, now);
    const own = await findPasskeysByUser(tx, userId);
    orThrow(decideAnotherPasskey(own.length, policy.auth));
    const { handle, displayName } = await getPerson(tx, core.keyring, userId);
    const challenge = context.random(CHALLENGE_BYTES);
    const ceremonyId = context.newId();
    const expiresAt = after(now, policy.auth.challengeSeconds);
    const ceremony = ceremonyInsertion({
      id: ceremonyId,
      purpose: 'add_passkey',
      challenge,
      userId,
      sessionId,
      handle: null,
      displayName: null,
      allowedPasskeyIds: null,
      createdAt: now,
      expiresAt,
    });
    const options = registrationOptions(
      core.auth,
      { userId, handle, displayName },
      challenge,
      policy.auth.challengeSeconds,
      own.map(({ descriptor }) => descriptor),
    );
    const result: StartedCeremony<RegistrationOptions> = { ceremonyId, options, expiresAt };
    return { result, writes: [ceremony] };
  },
);
