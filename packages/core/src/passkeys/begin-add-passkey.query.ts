import {
  beginCeremony,
  findPasskeysByUser,
  type RegistrationOptions,
  registrationOptions,
  type StartedCeremony,
} from '../auth/index.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireSettled, requireUser } from '../users/index.ts';
import { decideAnotherPasskey } from './passkey-count.rules.ts';

/**
 * Asks one of the person's authenticators for a further passkey: any but those that hold one of his already.
 * Refuses with `PASSKEY_LIMIT_REACHED` and `ACCOUNT_COOLING`.
 */
export const beginAddPasskey = query(
  'auth.beginAddPasskey',
  async (
    db,
    _input: Record<string, never>,
    { core, now, viewer },
  ): Promise<StartedCeremony<RegistrationOptions>> => {
    const { userId, sessionId, handle, displayName } = orThrow(requireUser(viewer));
    // Before the authenticator makes one that would be of no use.
    await requireSettled(db, userId, now);
    const own = await findPasskeysByUser(db, userId);
    orThrow(decideAnotherPasskey(own.length, core.policy.auth));
    const purpose = { purpose: 'add_passkey', userId, sessionId } as const;
    const { challenge, ...begun } = beginCeremony(core, now, purpose, {});
    const options = registrationOptions(
      core.auth,
      { userId, handle, displayName },
      challenge,
      core.policy.auth.challengeSeconds,
      own.map(({ descriptor }) => descriptor),
    );
    return { ...begun, options };
  },
);
