import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { line } from './text.ts';

/** What a person may be. The first two anybody may take for himself, under their conditions. */
export const roles = ['sender', 'runner', 'vendor', 'moderator', 'admin', 'super_admin'] as const;
export type Role = (typeof roles)[number];
export const role = z.enum(roles);

/** A public name: lower case letters, digits and underscores, beginning with a letter. */
export const handle = z
  .string()
  .regex(/^[a-z][a-z0-9_]{2,29}$/, { error: 'must be 3 to 30 of a-z, 0-9 and _, beginning with a letter' });

export const displayName = line(1, 60);

/** Why an operator changes what a person may do. The person is not shown it; it is signed, and kept for ever. */
export const standingReason = line(3, 300);

/** The signed-in person's own account, with what only he may see. */
export const me = z.strictObject({
  userId: idOut('user'),
  handle: z.string(),
  displayName: z.string(),
  /** Whether each way to reach the person is verified; the phone is shown with all but its last two digits hidden. */
  phone: z.strictObject({ masked: z.string(), verifiedAt: z.date() }).nullable(),
  /** Shown as its first character and its domain. */
  email: z.strictObject({ masked: z.string(), verifiedAt: z.date() }).nullable(),
  roles: z.array(role),
  createdAt: z.date(),
});
export type Me = z.infer<typeof me>;

/** What one party of a deal sees of the other. */
export const publicUser = z.strictObject({
  userId: idOut('user'),
  handle: z.string(),
  displayName: z.string(),
});
export type PublicUser = z.infer<typeof publicUser>;

export const takeRoleIn = z.strictObject({ role: z.enum(['sender', 'runner']) });
export type TakeRole = z.output<typeof takeRoleIn>;

/** A way to reach a person outside the app. */
export const contactChannel = z.enum(['phone', 'email']);

/** Six digits, as they were sent. */
export const oneTimeCode = z.string().regex(/^\d{6}$/, { error: 'must be six digits' });

/** A code that was sent to a phone or an email address. */
export const contactVerification = z.strictObject({
  verificationId: idOut('verification'),
  /** The code is of no use after this instant. */
  expiresAt: z.date(),
  triesLeft: z.int(),
});

/** A phone number in any usual form; numbers without a country code are Nigerian. */
export const startPhoneVerificationIn = z.strictObject({ phone: line(5, 32) });
/** An email address of at most 254 characters. */
export const startEmailVerificationIn = z.strictObject({ email: line(3, 254) });
export const confirmVerificationIn = z.strictObject({
  verificationId: idIn('verification'),
  code: oneTimeCode,
});
