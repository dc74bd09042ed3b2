import { askingCeremony, type CommandContext, type CommandOutcome } from '../../command.ts';
import { refuse } from '../../refusal.ts';
import { personWithKeyOf } from '../../users/index.ts';
import { counterAdvance, findSigner, type StoredPasskey } from '../passkeys/passkey.store.ts';
import {
  type AssertionResponse,
  type AssertionVerdict,
  verifyAssertion,
} from '../passkeys/verify-assertion.ts';
import { type DevicePlace, type SignedIn, startSession } from '../sessions/start-session.ts';
import { type Ceremony, type CeremonyTopics, ceremonyIdOf } from './sealed-ceremony.ts';
import { signInProblem } from './sign-in.rules.ts';
import { takeCeremony } from './spent-ceremony.store.ts';
import { ceremonySubjects } from './take-credential.ts';

export interface FinishSignIn extends DevicePlace {
  ceremony: string;
  response: AssertionResponse;
}

/**
 * Begins a session for the person whose passkey answered. The ceremony is consumed either way.
 * Refuses with `SIGN_IN_REFUSED`, without saying why.
 */
export const finishSignIn = askingCeremony(
  'auth.finishSignIn',
  (tx, { ceremony, response }: FinishSignIn, core) =>
    Promise.all([takeCeremony(tx, core, { purpose: 'sign_in' }, ceremony), findSigner(tx, response.id)]),
  async (_tx, input, context, [started, passkey]): Promise<CommandOutcome<SignedIn>> => {
    const { core, now } = context;
    const verdict = await verify(input, context, started, passkey);
    const problem = signInProblem(started, passkey, verdict, now);
    if (problem !== null || passkey === null || !verdict.isVerified) return refused(context, input, problem);
    const account = personWithKeyOf(core.keyring, passkey.userId, passkey.account);
    const { passkeyId } = passkey;
    const { deviceId, userAgent, networkAddress } = input;
    const given = { ...account, passkeyId, deviceId, userAgent, networkAddress };
    const { result, event, writes } = await startSession(context, given);
    return { result, events: [event], writes: [counterAdvance(passkey, { ...verdict, now }), ...writes] };
  },
);

/**
 * Verifies also where there is nothing to verify against, so that an unknown passkey or ceremony takes as long as
 * a wrong signature. What comes of that is refused whatever it says.
 */
function verify(
  input: FinishSignIn,
  { core }: CommandContext,
  started: Ceremony<CeremonyTopics['sign_in']> | null,
  passkey: StoredPasskey | null,
): Promise<AssertionVerdict> {
  const { origins, rpId } = core.auth;
  const challenge = started?.challenge ?? Buffer.alloc(32);
  if (passkey !== null) {
    const isUserHandleRequired = started?.topic.allowedPasskeyIds === null;
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

function refused({ core, audit }: CommandContext, { ceremony }: FinishSignIn, reason: string | null) {
  const ceremonyId = ceremonyIdOf(ceremony);
  audit({ subjects: ceremonySubjects(ceremonyId), data: { reason } });
  core.log('warn', 'a sign-in was refused', { ceremonyId, reason });
  return { refusal: refuse('SIGN_IN_REFUSED', {}) };
}
