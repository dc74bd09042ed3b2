import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from '@simplewebauthn/server';
import { userHandleOf } from '../ceremonies/ceremony-options.rules.ts';
import {
  challengeText,
  type ExpectedCeremony,
  ResponseRejected,
  reasonOf,
  rejectCrossOrigin,
} from './client-data.ts';
import { isStrictEcdsaSignature } from './ecdsa-signature.ts';
import { namedAlgorithm } from './public-key.ts';

/** `AuthenticationResponseJSON` of WebAuthn level 3, as far as it is used here. */
export interface AssertionResponse {
  id: string;
  rawId: string;
  type: 'public-key';
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string | undefined;
  };
}

/** What is known of the passkey that should have answered. */
export interface KnownPasskey {
  userId: string;
  credentialId: Uint8Array;
  /** A COSE_Key. */
  publicKey: Uint8Array;
  counter: number;
  isBackupEligible: boolean;
}

export type AssertionVerdict =
  | { isVerified: true; counter: number; isBackedUp: boolean }
  | { isVerified: false; reason: string };

/**
 * Verifies an assertion by a known passkey: challenge, origin, relying party, user presence and verification, not
 * cross-origin, the passkey's own id, its person's handle, backup eligibility unchanged, signature, counter.
 * Without a name at the beginning the user handle must be there. Single use and expiry of the challenge, whether
 * the passkey was among those asked for, and keeping the counter are the caller's.
 */
export async function verifyAssertion(
  response: AssertionResponse,
  passkey: KnownPasskey,
  expected: ExpectedCeremony & { isUserHandleRequired: boolean },
): Promise<AssertionVerdict> {
  try {
    rejectCrossOrigin(response.response.clientDataJSON);
    const id = Buffer.from(passkey.credentialId).toString('base64url');
    if (response.id !== id) throw new ResponseRejected('another passkey answered');
    rejectLooseSignature(response.response.signature, passkey.publicKey);
    rejectOtherPerson(response.response.userHandle, passkey.userId, expected.isUserHandleRequired);
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: forLibrary(response),
      expectedChallenge: challengeText(expected.challenge),
      expectedOrigin: [...expected.origins],
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      credential: { id, publicKey: Uint8Array.from(passkey.publicKey), counter: passkey.counter },
    });
    if (!verified) throw new ResponseRejected('the signature does not verify');
    const isBackupEligible = authenticationInfo.credentialDeviceType === 'multiDevice';
    if (isBackupEligible !== passkey.isBackupEligible)
      throw new ResponseRejected('backup eligibility changed');
    return {
      isVerified: true,
      counter: authenticationInfo.newCounter,
      isBackedUp: authenticationInfo.credentialBackedUp,
    };
  } catch (error) {
    return { isVerified: false, reason: reasonOf(error) };
  }
}

function rejectOtherPerson(userHandle: string | undefined, userId: string, isRequired: boolean): void {
  if (userHandle === undefined) {
    if (isRequired) throw new ResponseRejected('the user handle is missing');
  } else if (userHandle !== userHandleOf(userId)) {
    throw new ResponseRejected("another person's user handle");
  }
}

/** The library reads several texts as one ECDSA signature. */
function rejectLooseSignature(signature: string, publicKey: Uint8Array): void {
  const isStrict =
    namedAlgorithm(publicKey) !== ES256 || isStrictEcdsaSignature(Buffer.from(signature, 'base64url'));
  if (!isStrict) throw new ResponseRejected('the signature is not DER');
}

const ES256 = -7;

const forLibrary = ({ id, rawId, type, response }: AssertionResponse): AuthenticationResponseJSON => ({
  id,
  rawId,
  type,
  clientExtensionResults: {},
  response: {
    clientDataJSON: response.clientDataJSON,
    authenticatorData: response.authenticatorData,
    signature: response.signature,
  },
});
