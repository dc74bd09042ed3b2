import { type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { refuse } from '../../refusal.ts';
import { getPersonWithKey } from '../../users/index.ts';
import { advanceCounter, findPasskeyByCredentialId, type StoredPasskey } from '../passkeys/passkey.store.ts';
import {
  type AssertionResponse,
  type AssertionVerdict,
  verifyAssertion,
} from '../passkeys/verify-assertion.ts';
import { type DevicePlace, type SignedIn, startSession } from '../sessions/start-session.ts';
import { type Ceremony, consumeCeremony } from './ceremony.store.ts';
import { signInProblem } from './sign-in.rules.ts';

export interface FinishSignIn extends DevicePlace {
  ceremonyId: string;
  response: AssertionResponse;
}

/**
 * Begins a session for the person whose passkey answered. The ceremony is consumed either way.
 * Refuses with `SIGN_IN_REFUSED`, without saying why.
 */
export const finishSignIn = ceremony(
  'auth.finishSignIn',
  async (tx, input: FinishSignIn, context): Promise<CommandOutcome<SignedIn>> => {
    const [started, passkey] = await Promise.all([
      consumeCeremony(tx, { id: input.ceremonyId, purpose: 'sign_in' }, context.now),
      findPasskeyByCredentialId(tx, input.response.id),
    ]);
    const verdict = await verify(input, context, started, passkey);
    const problem = signInProblem(started, passkey, verdict, context.now);
    if (problem !== null || passkey === null || !verdict.isVerified) return refused(context, input, problem);
    const { passkeyId, userId } = passkey;
    const [isAhead, account] = await Promise.all([
      advanceCounter(tx, passkeyId, { ...verdict, now: context.now }),
      getPersonWithKey(tx, context.core.keyring, userId),
    ]);
    if (!isAhead) return refused(context, input, 'the counter is not ahead');
    const { deviceId, userAgent, networkAddress } = input;
    const given = { ...account, passkeyId, deviceId, userAgent, networkAddress };
    const { result, event, writes } = await startSession(context, given);
    return { result, events: [event], writes };
  },
);

/**
 * Verifies also where there is nothing to verify against, so that an unknown passkey or ceremony takes as long as
 * a wrong signature. What comes of that is refused whatever it says.
 */
function verify(
  input: FinishSignIn,
  { core }: CommandContext,
  started: Ceremony | null,
  passkey: StoredPasskey | null,
): Promise<AssertionVerdict> {
  const { origins, rpId } = core.auth;
  const challenge = started?.challenge ?? Buffer.alloc(32);
  if (passkey !== null) {
    const isUserHandleRequired = started?.allowedPasskeyIds === null;
    return verifyAssertion(input.response, passkey, { challenge, origins, rpId, isUserHandleRequired });
  }
  const { userHandle: _, ...response } = input.response.response;
  const nobody = { ...NOBODY, credentialId: Buffer.from(input.response.id, 'base64url') };
  const expected = { challenge, origins, rpId, isUserHandleRequired: false };
  return verifyAssertion({ ...input.response, response }, nobody, expected);
}

/** A passkey that nobody has. Its public key is the base point of P-256 (FIPS 186-5), as a COSE_Key. */
const NOBODY = {
  userId: '00000000-0000-0000-0000-000000000000',
  publicKey: Buffer.from(
    'a5010203262001' +
      '2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  ),
  counter: 0,
  isBackupEligible: true,
};

function refused({ core, audit }: CommandContext, { ceremonyId }: FinishSignIn, reason: string | null) {
  audit({ subjects: [{ type: 'ceremony', id: ceremonyId }], data: { reason } });
  core.log('warn', 'a sign-in was refused', { ceremonyId, reason });
  return { refusal: refuse('SIGN_IN_REFUSED', {}) };
}
