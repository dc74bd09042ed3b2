export type Transport = 'ble' | 'cable' | 'hybrid' | 'internal' | 'nfc' | 'smart-card' | 'usb';

export interface CredentialDescriptor {
  id: string;
  type: 'public-key';
  transports: Transport[];
}

/** `PublicKeyCredentialCreationOptionsJSON` of WebAuthn level 3, as far as it is used here. */
export interface RegistrationOptions {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { alg: number; type: 'public-key' }[];
  timeout: number;
  excludeCredentials: CredentialDescriptor[];
  authenticatorSelection: { residentKey: 'required'; requireResidentKey: true; userVerification: 'required' };
  attestation: 'none';
}

/** `PublicKeyCredentialRequestOptionsJSON` of WebAuthn level 3, as far as it is used here. */
export interface SignInOptions {
  rpId: string;
  challenge: string;
  timeout: number;
  allowCredentials: CredentialDescriptor[];
  userVerification: 'required';
}

/** A ceremony that waits for the person's authenticator. */
export interface StartedCeremony<O> {
  /** The ceremony itself, sealed: to be handed back with the answer. */
  ceremony: string;
  options: O;
  expiresAt: Date;
}

/** EdDSA, ES256 and RS256 by their numbers in the IANA registry of COSE, best first. */
export const passkeyAlgorithms: readonly number[] = [-8, -7, -257];

export function registrationOptions(
  site: { rpId: string; rpName: string },
  person: { userId: string; handle: string; displayName: string },
  challenge: Uint8Array,
  timeoutSeconds: number,
  excludeCredentials: CredentialDescriptor[] = [],
): RegistrationOptions {
  return {
    rp: { id: site.rpId, name: site.rpName },
    user: { id: userHandleOf(person.userId), name: person.handle, displayName: person.displayName },
    challenge: Buffer.from(challenge).toString('base64url'),
    pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ alg, type: 'public-key' })),
    timeout: timeoutSeconds * 1000,
    excludeCredentials,
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  };
}

export function signInOptions(
  site: { rpId: string },
  challenge: Uint8Array,
  allowCredentials: CredentialDescriptor[],
  timeoutSeconds: number,
): SignInOptions {
  return {
    rpId: site.rpId,
    challenge: Buffer.from(challenge).toString('base64url'),
    timeout: timeoutSeconds * 1000,
    allowCredentials,
    userVerification: 'required',
  };
}

/** The name by which authenticators know a person: the 16 bytes of his id. */
export const userHandleOf = (userId: string): string =>
  Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');
