import { askingQuery } from '../../query.ts';
import { findPasskeysByHandle, type ShownPasskey } from '../passkeys/passkey.store.ts';
import { type SignInOptions, type StartedCeremony, signInOptions } from './ceremony-options.rules.ts';
import { decoyCredentials } from './decoy-credentials.ts';
import { beginCeremony } from './sealed-ceremony.ts';

export interface BeginSignIn {
  handle?: string | undefined;
}

/**
 * Asks for an assertion by a passkey of the named person, or by any. For a name that nobody has it asks for
 * passkeys that do not exist, the same ones each time.
 */
export const beginSignIn = askingQuery(
  'auth.beginSignIn',
  async (db, { handle }: BeginSignIn, core): Promise<ShownPasskey[] | null> => {
    if (handle === undefined) return null;
    // Made for everybody, so that the time is the same.
    const decoys = decoyCredentials(core.auth.decoyKey, handle);
    const found = await findPasskeysByHandle(db, handle);
    return found.length > 0 ? found : decoys.map((descriptor) => ({ passkeyId: NOBODYS, descriptor }));
  },
  (asked, _input, { core, now }): StartedCeremony<SignInOptions> => {
    // With as many ids as are shown, so that the sealed ceremony of a decoy is as long as another.
    const allowedPasskeyIds = asked?.map(({ passkeyId }) => passkeyId) ?? null;
    const { challenge, ...begun } = beginCeremony(core, now, { purpose: 'sign_in' }, { allowedPasskeyIds });
    const descriptors = asked?.map(({ descriptor }) => descriptor) ?? [];
    const { challengeSeconds } = core.policy.auth;
    return { ...begun, options: signInOptions(core.auth, challenge, descriptors, challengeSeconds) };
  },
);

/** What stands for the id of a passkey that does not exist. No passkey has it. */
const NOBODYS = '00000000-0000-0000-0000-000000000000';
