import { type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { passkeyAlgorithms, type Transport } from '../ceremonies/ceremony-options.rules.ts';
import {
  challengeText,
  type ExpectedCeremony,
  ResponseRejected,
  reasonOf,
  rejectCrossOrigin,
} from './client-data.ts';
import { algorithmOf } from './public-key.ts';

/** `RegistrationResponseJSON` of WebAuthn level 3, as far as it is used here. */
export interface RegistrationResponse {
  id: string;
  rawId: string;
  type: 'public-key';
  response: { clientDataJSON: string; attestationObject: string; transports?: Transport[] | undefined };
}

/** A credential as its authenticator described it. */
export interface VerifiedCredential {
  credentialId: Buffer;
  /** A COSE_Key. */
  publicKey: Buffer;
  algorithm: number;
  counter: number;
  isBackupEligible: boolean;
  isBackedUp: boolean;
  transports: Transport[];
}

export type RegistrationVerdict =
  | { isVerified: true; credential: VerifiedCredential }
  | { isVerified: false; reason: string };

/**
 * Verifies the answer to a registration ceremony against what was asked: challenge, origin, relying party, user
 * presence and verification, not cross-origin, a supported algorithm and a usable key, the id as signed and at
 * most 1023 bytes. Single use and expiry of the challenge, and that the id is new, are the caller's.
 */
export async function verifyRegistration(
  response: RegistrationResponse,
  expected: ExpectedCeremony,
): Promise<RegistrationVerdict> {
  try {
    rejectCrossOrigin(response.response.clientDataJSON);
    rejectCertificates(response.response.attestationObject);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: forLibrary(response),
      expectedChallenge: challengeText(expected.challenge),
      expectedOrigin: [...expected.origins],
      expectedRPID: expected.rpId,
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...passkeyAlgorithms],
    });
    if (!verified) return { isVerified: false, reason: 'the attestation does not verify' };
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
    const credentialId = Buffer.from(credential.id, 'base64url');
    if (response.id !== credential.id) throw new ResponseRejected('another id than the signed one');
    if (credentialId.length > CREDENTIAL_ID_BYTES_MAX) throw new ResponseRejected('the id is too long');
    rejectReencodedKey(response.response.attestationObject, credentialId, credential.publicKey);
    return {
      isVerified: true,
      credential: {
        credentialId,
        publicKey: Buffer.from(credential.publicKey),
        algorithm: algorithmOf(credential.publicKey),
        counter: credential.counter,
        isBackupEligible: credentialDeviceType === 'multiDevice',
        isBackedUp: credentialBackedUp,
        transports: [...new Set(response.response.transports ?? [])],
      },
    };
  } catch (error) {
    return { isVerified: false, reason: reasonOf(error) };
  }
}

/** WebAuthn level 3, section 7.1, step 25. */
const CREDENTIAL_ID_BYTES_MAX = 1023;

/** The library reads lengths past the end of the data and hands on the key as it would have written it. */
function rejectReencodedKey(
  attestationObject: string,
  credentialId: Uint8Array,
  publicKey: Uint8Array,
): void {
  const start = CREDENTIAL_ID_OFFSET + credentialId.length;
  const data = Buffer.from(decode(attestationObject).get('authData'));
  if (!data.subarray(start, start + publicKey.length).equals(publicKey)) {
    throw new ResponseRejected('the public key is not canonical CBOR');
  }
}

/** Hash of the relying party's id, flags, counter, model, length of the id: WebAuthn level 3, section 6.5.2. */
const CREDENTIAL_ID_OFFSET = 32 + 1 + 4 + 16 + 2;

const decode = (attestationObject: string) =>
  decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')));

/**
 * "none" was asked for, and browsers then leave nothing but "none" or a self attestation. Others carry
 * certificates, whose revocation lists the library would fetch from addresses that the sender chose.
 */
function rejectCertificates(attestationObject: string): void {
  const decoded = decode(attestationObject);
  const format = decoded.get('fmt');
  const isSelfAttested = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isSelfAttested)
    throw new ResponseRejected('an attestation that was not asked for');
}

const forLibrary = ({ id, rawId, type, response }: RegistrationResponse): RegistrationResponseJSON => ({
  id,
  rawId,
  type,
  clientExtensionResults: {},
  response: { clientDataJSON: response.clientDataJSON, attestationObject: response.attestationObject },
});
