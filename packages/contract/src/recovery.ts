import { z } from 'zod';
import { approvalIn } from './approvals.ts';
import { deviceId, registrationOptions, registrationResponse } from './auth.ts';
import { idIn, idOut } from './ids.ts';
import { line } from './text.ts';
import { handle, oneTimeCode } from './users.ts';

/** Signed for: who has these codes can take the account. */
export const createRecoveryCodesIn = z.strictObject({ approval: approvalIn });
export const recoveryCodes = z.strictObject({
  /** Shown this once. Each is good for one recovery or as a second factor, once; they replace all earlier ones. */
  codes: z.array(z.string()),
  createdAt: z.date(),
});

export const recoveryStatus = z.strictObject({
  /** How many recovery codes are left. */
  codesLeft: z.int().min(0),
  isPhoneVerified: z.boolean(),
  isEmailVerified: z.boolean(),
  /**
   * From when phone and email together bring the person back: both must have been his for a while, which begins anew
   * where a recovery by them was undone. Null where one is missing.
   */
  contactsRecoverFrom: z.date().nullable(),
  /** Whether a person without a passkey could come back now: by a code, or by phone and email together. */
  canRecover: z.boolean(),
  /** Before this instant no money leaves and the ways in stay as they are, since the account was recovered. */
  coolingUntil: z.date().nullable(),
  /** Whether this session may undo that recovery: it began with a passkey that is older. */
  canUndo: z.boolean(),
});

export const beginRecoveryIn = z.strictObject({ handle });
/** The same for a name that nobody has. */
export const recoveryBegun = z.strictObject({
  recoveryId: idOut('recovery'),
  triesLeft: z.int(),
  /** After this instant it has to be begun anew. */
  expiresAt: z.date(),
});

export const recoveryIn = z.strictObject({ recoveryId: idIn('recovery') });
/** The same whether there was somebody to send them to or not. Codes are sent once in a recovery. */
export const recoveryCodesSent = z.strictObject({ expiresAt: z.date() });

/** As it was shown; groups, spaces and capitals do not matter. */
export const recoveryCode = line(16, 40);
export const proveByRecoveryCodeIn = z.strictObject({ recoveryId: idIn('recovery'), recoveryCode });
export const proveByContactsIn = z.strictObject({
  recoveryId: idIn('recovery'),
  phoneCode: oneTimeCode,
  emailCode: oneTimeCode,
});
/** What the new device's authenticator is asked. Who did not answer in time may prove himself again in the same way. */
export const recoveryProven = z.strictObject({ options: registrationOptions, expiresAt: z.date() });

export const finishRecoveryIn = z.strictObject({
  recoveryId: idIn('recovery'),
  response: registrationResponse,
  passkeyName: line(1, 60).optional(),
  deviceId,
});

/** What became of a recovery that its owner has not made. */
export const recoveryUndone = z.strictObject({
  sessionsEnded: z.int().min(0),
  passkeysRemoved: z.int().min(0),
  /** How many recovery codes are void, since one of them was used. Make new ones once the cooling is over. */
  codesVoided: z.int().min(0),
  /** Money still leaves only from this instant on. */
  coolingUntil: z.date().nullable(),
  /**
   * From when phone and email together bring the person back again, where one of the recoveries was by them. Change what
   * somebody else reads between the end of the cooling and then. Null: as before.
   */
  contactsRecoverFrom: z.date().nullable(),
});
