export type { Algorithm } from './credential-key.ts';
export {
  CeremonyRefused,
  createSoftwareAuthenticator,
  type Deviations,
  type SoftwareAuthenticator,
  type SoftwareAuthenticatorOptions,
  type StoredPasskey,
} from './software-authenticator.ts';
export type {
  AssertionJson,
  AttestationJson,
  CreationOptionsJson,
  CredentialDescriptorJson,
  RequestOptionsJson,
} from './webauthn-json.ts';
