/** The JSON forms of WebAuthn level 3, section 5.1.8 to 5.1.10, as far as an authenticator and its client use them. */
export interface CredentialDescriptorJson {
  id: string;
  type: string;
  transports?: string[] | undefined;
}

/** `PublicKeyCredentialCreationOptionsJSON`. */
export interface CreationOptionsJson {
  rp: { id?: string | undefined; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: readonly { alg: number; type: string }[];
  excludeCredentials?: readonly CredentialDescriptorJson[] | undefined;
}

/** `PublicKeyCredentialRequestOptionsJSON`. */
export interface RequestOptionsJson {
  challenge: string;
  rpId?: string | undefined;
  allowCredentials?: readonly CredentialDescriptorJson[] | undefined;
}

interface CredentialJson {
  id: string;
  rawId: string;
  type: 'public-key';
  authenticatorAttachment: 'platform';
  clientExtensionResults: Record<string, never>;
}

/** `RegistrationResponseJSON`. */
export interface AttestationJson extends CredentialJson {
  response: {
    clientDataJSON: string;
    attestationObject: string;
    authenticatorData: string;
    transports: ('hybrid' | 'internal')[];
    publicKeyAlgorithm: number;
    publicKey: string;
  };
}

/** `AuthenticationResponseJSON`. */
export interface AssertionJson extends CredentialJson {
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string;
  };
}
