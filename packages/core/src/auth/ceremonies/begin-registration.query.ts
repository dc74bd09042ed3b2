import { newId } from '../../core.ts';
import { query } from '../../query.ts';
import {
  type RegistrationOptions,
  registrationOptions,
  type StartedCeremony,
} from './ceremony-options.rules.ts';
import { beginCeremony } from './sealed-ceremony.ts';

export interface BeginRegistration {
  handle: string;
  displayName: string;
}

/** Asks a new person's authenticator for a passkey. Whether the handle is free is told at the end, to who has one. */
export const beginRegistration = query(
  'auth.beginRegistration',
  async (
    _db,
    { handle, displayName }: BeginRegistration,
    { core, now },
  ): Promise<StartedCeremony<RegistrationOptions>> => {
    const person = { userId: newId(core, now), handle, displayName };
    const { challenge, ...begun } = beginCeremony(core, now, { purpose: 'registration' }, person);
    const { challengeSeconds } = core.policy.auth;
    return { ...begun, options: registrationOptions(core.auth, person, challenge, challengeSeconds) };
  },
);
