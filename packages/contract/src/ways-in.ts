import { z } from 'zod';
import { approvalIn } from './approvals.ts';
import { deviceId, signedIn } from './auth.ts';
import { idIn, idOut } from './ids.ts';
import { newPassword, text } from './text.ts';
import { displayName, handle } from './users.ts';

/** What may be asked for beside a password or an identity provider. It never replaces a passkey's signature. */
export const secondFactorKinds = ['totp', 'recovery_code'] as const;
export const secondFactorKind = z.enum(secondFactorKinds);
export type SecondFactorKind = z.infer<typeof secondFactorKind>;

/** The name of an identity provider in the settings: `google`, say. */
export const identityProviderId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'must be 1 to 32 of a-z, 0-9 and -, beginning with a letter' });

/** The ways in that are switched on here, beside passkeys, which always are. */
export const waysIn = z.strictObject({
  hasPasswords: z.boolean(),
  identityProviders: z.array(z.strictObject({ provider: identityProviderId, name: z.string() })),
  secondFactorKinds: z.array(secondFactorKind),
});
export type WaysIn = z.infer<typeof waysIn>;

/** An identity at a provider that may sign in to the account. */
export const identity = z.strictObject({
  identityId: idOut('identity'),
  provider: identityProviderId,
  /** Null where the provider is switched off by now. */
  name: z.string().nullable(),
  linkedAt: z.date(),
  lastUsedAt: z.date(),
});
export type Identity = z.infer<typeof identity>;

export const identities = z.strictObject({ identities: z.array(identity) });

/** By what the signed-in person may sign in, beside passkeys. */
export const myWaysIn = z.strictObject({
  passwordSetAt: z.date().nullable(),
  totpConfirmedAt: z.date().nullable(),
  identities: z.array(identity),
});
export type MyWaysIn = z.infer<typeof myWaysIn>;

export const setPasswordIn = z.strictObject({ newPassword, approval: approvalIn });
export const removePasswordIn = z.strictObject({ approval: approvalIn });
export const passwordState = z.strictObject({ passwordSetAt: z.date().nullable() });

/** `name` is a handle or a verified email address. */
export const signInWithPasswordIn = z.strictObject({
  name: text(1, 254),
  password: text(1, 512),
  deviceId,
});

/** What is still asked for. Nobody is signed in by it. */
export const secondFactorChallenge = z.strictObject({
  secondFactorId: idOut('secondFactor'),
  kinds: z.array(secondFactorKind).min(1),
  triesLeft: z.int(),
  expiresAt: z.date(),
});
export type SecondFactorChallenge = z.infer<typeof secondFactorChallenge>;

const secondFactorCode = text(1, 64);
export const finishSecondFactorIn = z.strictObject({
  secondFactorId: idIn('secondFactor'),
  kind: secondFactorKind,
  /** Spaces and hyphens in it do not matter. */
  code: secondFactorCode,
  deviceId,
});

/** Shown once: by its secret an authenticator app shows codes (RFC 6238: SHA-1, six digits, 30 seconds). */
export const totpSecret = z.strictObject({
  /** For a QR code. */
  otpauthUrl: z.string(),
  /** In base32, for typing. */
  secret: z.string(),
});
export const confirmTotpIn = z.strictObject({ code: secondFactorCode });
export const removeTotpIn = z.strictObject({ approval: approvalIn });
export const removeTotpByCodeIn = z.strictObject({ code: secondFactorCode });
export const totpState = z.strictObject({ totpConfirmedAt: z.date().nullable() });

/** `redirectUrl` is a page of one of the allowed origins, without a query and a fragment. */
const redirectUrl = text(1, 500);
const callbackUrl = text(1, 4096);
export const beginProviderSignInIn = z.strictObject({ provider: identityProviderId, redirectUrl, deviceId });
export const beginProviderLinkIn = z.strictObject({ provider: identityProviderId, redirectUrl });
export const providerCeremony = z.strictObject({
  ceremonyId: idOut('ceremony'),
  /** Where the person is sent. */
  url: z.string(),
  expiresAt: z.date(),
});
export const finishProviderSignInIn = z.strictObject({
  ceremonyId: idIn('ceremony'),
  /** The whole address to which the provider sent the person back. */
  callbackUrl,
  deviceId,
});

/** Signed in; or a second factor is still asked for; or nobody has an account by this identity yet. */
export const providerSignIn = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('signed_in'), signedIn }),
  z.strictObject({ outcome: z.literal('second_factor'), challenge: secondFactorChallenge }),
  z.strictObject({
    outcome: z.literal('account_needed'),
    /** What `signUpWithProvider` takes, once, until it expires. */
    signUpId: idOut('ceremony'),
    expiresAt: z.date(),
  }),
]);
export type ProviderSignIn = z.infer<typeof providerSignIn>;

export const signUpWithProviderIn = z.strictObject({
  signUpId: idIn('ceremony'),
  handle,
  displayName,
  deviceId,
});
export const linkProviderIn = z.strictObject({ ceremonyId: idIn('ceremony'), callbackUrl });
export const unlinkProviderIn = z.strictObject({ identityId: idIn('identity') });
