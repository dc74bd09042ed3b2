import { z } from 'zod';
import { idOut } from './ids.ts';
import { base64url, line } from './text.ts';
import { displayName, handle, me } from './users.ts';

/** How an authenticator can be reached (WebAuthn level 3, section 5.8.4). */
export const transports = z
  .array(z.enum(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']))
  .max(8);
const attachment = z.enum(['platform', 'cross-platform']);
const credentialDescriptor = z.strictObject({
  id: base64url(1366),
  type: z.literal('public-key'),
  transports: transports.optional(),
});

/** `PublicKeyCredentialCreationOptionsJSON` of WebAuthn level 3, as far as this server uses it. */
export const registrationOptions = z.strictObject({
  rp: z.strictObject({ id: z.string(), name: z.string() }),
  user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
  challenge: z.string(),
  pubKeyCredParams: z.array(z.strictObject({ alg: z.int(), type: z.literal('public-key') })),
  timeout: z.int(),
  excludeCredentials: z.array(credentialDescriptor),
  authenticatorSelection: z.strictObject({
    residentKey: z.enum(['discouraged', 'preferred', 'required']),
    requireResidentKey: z.boolean(),
    userVerification: z.enum(['discouraged', 'preferred', 'required']),
  }),
  attestation: z.enum(['none', 'indirect', 'direct', 'enterprise']),
});

/** `PublicKeyCredentialRequestOptionsJSON` of WebAuthn level 3, as far as this server uses it. */
export const authenticationOptions = z.strictObject({
  rpId: z.string(),
  challenge: z.string(),
  timeout: z.int(),
  allowCredentials: z.array(credentialDescriptor),
  userVerification: z.enum(['discouraged', 'preferred', 'required']),
});

// Browsers add members of their own (extension results, say), so these two are not strict; what is unknown
// is dropped, never handed on.
const clientExtensionResults = z.record(z.string().max(64), z.unknown()).transform(() => ({}));

/** `RegistrationResponseJSON` of WebAuthn level 3. Members that the server does not use are dropped. */
export const registrationResponse = z.object({
  id: base64url(1366),
  rawId: base64url(1366),
  type: z.literal('public-key'),
  authenticatorAttachment: attachment.optional(),
  clientExtensionResults,
  response: z.object({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(65536),
    transports: transports.optional(),
  }),
});

/** `AuthenticationResponseJSON` of WebAuthn level 3. Members that the server does not use are dropped. */
export const authenticationResponse = z.object({
  id: base64url(1366),
  rawId: base64url(1366),
  type: z.literal('public-key'),
  authenticatorAttachment: attachment.optional(),
  clientExtensionResults,
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(8192),
    signature: base64url(2048),
    userHandle: base64url(128).optional(),
  }),
});

/** A random name that the SDK keeps on this device, so that a lost refresh answer may be asked for again. */
export const deviceId = base64url(64).min(22);

/** What a person calls a passkey of his. */
export const passkeyName = line(1, 60);

/** A ceremony as it was handed out when it began: to be handed back unread with the authenticator's answer, once. */
export const sealedCeremony = base64url(4096);

export const beginRegistrationIn = z.strictObject({ handle, displayName });
export const registrationCeremony = z.strictObject({
  ceremony: sealedCeremony,
  options: registrationOptions,
  expiresAt: z.date(),
});
export const finishRegistrationIn = z.strictObject({
  ceremony: sealedCeremony,
  response: registrationResponse,
  passkeyName: passkeyName.optional(),
  deviceId,
});

/** Without a handle the authenticator offers the passkeys it keeps for this site. */
export const beginSignInIn = z.strictObject({ handle: handle.optional() });
export const signInCeremony = z.strictObject({
  ceremony: sealedCeremony,
  options: authenticationOptions,
  expiresAt: z.date(),
});
export const finishSignInIn = z.strictObject({
  ceremony: sealedCeremony,
  response: authenticationResponse,
  deviceId,
});

export const refreshIn = z.strictObject({ refreshToken: base64url(64).min(43), deviceId });

/** What a device keeps to stay signed in. */
export const tokens = z.strictObject({
  sessionId: idOut('session'),
  accessToken: z.string(),
  accessTokenExpiresAt: z.date(),
  refreshToken: z.string(),
  refreshTokenExpiresAt: z.date(),
});
export type Tokens = z.infer<typeof tokens>;

export const signedIn = z.strictObject({ tokens, user: me });
export type SignedIn = z.infer<typeof signedIn>;
