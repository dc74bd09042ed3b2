import { z } from 'zod';
import { approvalIn } from './approvals.ts';
import { passkeyName, registrationResponse, sealedCeremony, transports } from './auth.ts';
import { idIn, idOut } from './ids.ts';

/** One of a person's own passkeys. */
export const passkey = z.strictObject({
  passkeyId: idOut('passkey'),
  name: z.string(),
  createdAt: z.date(),
  /** When it last signed in or signed something; null where it has only been made. */
  lastUsedAt: z.date().nullable(),
  /** Whether it is kept elsewhere too, so that it outlives its device. */
  isBackedUp: z.boolean(),
  transports,
  /** Whether this session was signed in with it. */
  isCurrent: z.boolean(),
});
export type Passkey = z.infer<typeof passkey>;
export const passkeys = z.strictObject({ passkeys: z.array(passkey) });

/**
 * What is signed for a new passkey names it as `passkey:<credential id>:<hash>`, where the hash is the SHA-256 of the
 * attestation object in base64url: it holds the public key.
 */
export const addPasskeyIn = z.strictObject({
  ceremony: sealedCeremony,
  response: registrationResponse,
  name: passkeyName,
  approval: approvalIn,
});
export type AddPasskey = z.output<typeof addPasskeyIn>;

/** The first passkey of an account, which no other could sign for. */
export const addFirstPasskeyIn = z.strictObject({
  ceremony: sealedCeremony,
  response: registrationResponse,
  name: passkeyName,
});

export const renamePasskeyIn = z.strictObject({ passkeyId: idIn('passkey'), name: passkeyName });
export type RenamePasskey = z.output<typeof renamePasskeyIn>;

/** What is signed names the passkey by its public id. */
export const removePasskeyIn = z.strictObject({ passkeyId: idIn('passkey'), approval: approvalIn });

export const removedPasskey = z.strictObject({
  passkeyId: idOut('passkey'),
  removedAt: z.date(),
  /** How many sessions it had signed in that ended with it. */
  sessionsEnded: z.int().min(0),
});
export type RemovedPasskey = z.infer<typeof removedPasskey>;
