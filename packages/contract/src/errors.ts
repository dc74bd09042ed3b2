import { z } from 'zod';
import { amountMinorOut, currency } from './money.ts';

const none = z.strictObject({});
const wait = z.strictObject({ retryAfterSeconds: z.int().min(1) });

/** How a refusal is classed on the wire; tRPC turns it into the HTTP status beside it. */
export type RefusalClass =
  | 'BAD_REQUEST' // 400
  | 'UNAUTHORIZED' // 401
  | 'FORBIDDEN' // 403
  | 'NOT_FOUND' // 404
  | 'CONFLICT' // 409
  | 'PRECONDITION_FAILED' // 412
  | 'PAYLOAD_TOO_LARGE' // 413
  | 'UNPROCESSABLE_CONTENT' // 422
  | 'TOO_MANY_REQUESTS' // 429
  | 'INTERNAL_SERVER_ERROR' // 500
  | 'SERVICE_UNAVAILABLE'; // 503

const define = <D extends z.ZodType>(status: RefusalClass, message: string, details: D) =>
  ({ status, message, details }) as const;

/**
 * Every refusal that a caller can meet: its class, a sentence for people, and the shape of its details.
 * `switch (error.code)` in the SDK narrows `error.details` by this table.
 */
export const errors = {
  INPUT_INVALID: define(
    'BAD_REQUEST',
    'Something in the request is not as it must be.',
    z.strictObject({ issues: z.array(z.strictObject({ path: z.string(), message: z.string() })) }),
  ),
  IDEMPOTENCY_KEY_MISSING: define('BAD_REQUEST', 'This call needs an Idempotency-Key header.', none),
  IDEMPOTENCY_KEY_INVALID: define(
    'BAD_REQUEST',
    'The Idempotency-Key must be 8 to 128 of the characters A-Z a-z 0-9 . - and _',
    none,
  ),
  IDEMPOTENCY_KEY_REUSED: define(
    'UNPROCESSABLE_CONTENT',
    'This Idempotency-Key was used before with another input.',
    none,
  ),
  COMMAND_IN_FLIGHT: define('CONFLICT', 'The same call is being worked on. Ask again shortly.', wait),
  SESSION_MISSING: define('UNAUTHORIZED', 'Sign in first.', none),
  SESSION_ENDED: define('UNAUTHORIZED', 'This session has ended. Sign in again.', none),
  ACCESS_TOKEN_INVALID: define('UNAUTHORIZED', 'The access token is not valid or no longer so.', none),
  REFRESH_TOKEN_INVALID: define('UNAUTHORIZED', 'The refresh token is not valid. Sign in again.', none),
  SIGN_IN_REFUSED: define(
    'UNAUTHORIZED',
    'The passkey was not accepted. Begin again, with a passkey of this account, or recover the account.',
    none,
  ),
  REGISTRATION_REFUSED: define('BAD_REQUEST', 'The new passkey was not accepted. Begin again.', none),
  HANDLE_TAKEN: define('CONFLICT', 'This handle is taken. Choose another.', none),
  USER_SUSPENDED: define(
    'FORBIDDEN',
    'This account is suspended. Write to us if you think that this is wrong.',
    none,
  ),
  ROLE_MISSING: define(
    'FORBIDDEN',
    'This needs a role that you do not have.',
    z.strictObject({ role: z.string() }),
  ),
  ROLE_CONDITION_UNMET: define(
    'PRECONDITION_FAILED',
    'The role needs something first: do what is listed, then ask again.',
    z.strictObject({ role: z.string(), needs: z.array(z.enum(['phone_verified', 'name_known'])) }),
  ),
  ROLE_CONFLICT: define(
    'CONFLICT',
    'Nobody has this role beside another that this person has.',
    z.strictObject({ role: z.string(), conflicts: z.array(z.string()) }),
  ),
  STANDING_OWN: define('FORBIDDEN', 'Nobody changes what he himself may do.', none),
  STANDING_UNCHANGED: define('CONFLICT', 'It is so already. Nothing was changed.', none),
  SUPER_ADMIN_PRESENT: define('CONFLICT', 'There is a super admin already, who can grant the role.', none),
  PHONE_INVALID: define('BAD_REQUEST', 'This is not a phone number that can receive a message.', none),
  EMAIL_INVALID: define('BAD_REQUEST', 'This is not an email address that can receive a mail.', none),
  CONTACT_TAKEN: define(
    'CONFLICT',
    'Another account has this phone number or email address. Give one that is yours alone, or sign in to that account.',
    z.strictObject({ channel: z.enum(['phone', 'email']) }),
  ),
  CODE_WRONG: define(
    'UNPROCESSABLE_CONTENT',
    'The code is not right.',
    z.strictObject({ triesLeft: z.int().min(0) }),
  ),
  CODE_SPENT: define('PRECONDITION_FAILED', 'This code can no longer be used. Begin again.', none),
  MONEY_OUT_COOLING: define(
    'PRECONDITION_FAILED',
    'After a recovery, and after the first passkey of an account, no money leaves for a day.',
    z.strictObject({ availableFrom: z.date() }),
  ),
  ACCOUNT_COOLING: define(
    'PRECONDITION_FAILED',
    'After a recovery, and after the first passkey of an account, this cannot be changed for a day.',
    z.strictObject({ availableFrom: z.date() }),
  ),
  RECOVERY_NOT_UNDONE: define(
    'PRECONDITION_FAILED',
    'There is no recovery that this session may undo. Sign in with a passkey that is older than it.',
    none,
  ),
  RECOVERY_REFUSED: define('FORBIDDEN', 'The recovery was not accepted. Begin again.', none),
  OBJECT_NOT_FOUND: define('NOT_FOUND', 'There is no such thing, or it is not yours to see.', none),
  FUNDS_INSUFFICIENT: define(
    'PRECONDITION_FAILED',
    'There is not enough money in the wallet.',
    z.strictObject({
      currency,
      neededMinor: amountMinorOut,
      availableMinor: amountMinorOut,
      missingMinor: amountMinorOut,
    }),
  ),
  MOVEMENT_NOT_REVERSIBLE: define(
    'CONFLICT',
    'This movement can no longer be taken back.',
    z.strictObject({
      reason: z.enum(['reversed_already', 'is_a_reversal', 'money_moved_on', 'balance_too_large']),
    }),
  ),
  LIMIT_EXCEEDED: define(
    'PRECONDITION_FAILED',
    'This would be more than a limit allows for the day.',
    z.strictObject({
      /** The name of the limit, as in `withdrawal.daily`. */
      limit: z.string(),
      currency,
      /** What was used of it today, what may be used, and what this would use. */
      usedMinor: amountMinorOut,
      ceilingMinor: amountMinorOut,
      askedMinor: amountMinorOut,
      /** When the day is over in Lagos, and the limit whole again. */
      resetsAt: z.date(),
    }),
  ),
  AMOUNT_TOO_LARGE: define(
    'BAD_REQUEST',
    'The amount is too large.',
    z.strictObject({ maxMinor: amountMinorOut }),
  ),
  AMOUNT_TOO_SMALL: define(
    'BAD_REQUEST',
    'The amount is too small.',
    z.strictObject({ minMinor: amountMinorOut }),
  ),
  CURRENCY_NOT_OPEN: define(
    'PRECONDITION_FAILED',
    'This cannot be done in that currency here.',
    z.strictObject({ currency, open: z.array(currency) }),
  ),
  EXCHANGE_RATE_MISSING: define(
    'PRECONDITION_FAILED',
    'There is no rate at present at which this can be exchanged.',
    z.strictObject({ sold: currency, bought: currency }),
  ),
  EXCHANGE_QUOTE_EXPIRED: define(
    'PRECONDITION_FAILED',
    'This quote is no longer good. Ask for a new one.',
    z.strictObject({ expiredAt: z.date() }),
  ),
  EXCHANGE_QUOTE_USED: define(
    'CONFLICT',
    'This quote has been accepted before. Nothing more was exchanged.',
    z.strictObject({ exchangedAt: z.date() }),
  ),
  STATEMENT_TOO_LONG: define(
    'UNPROCESSABLE_CONTENT',
    'There are more lines than one file may have. Ask for fewer days.',
    z.strictObject({
      linesMax: z.int(),
      /** With this day as `from` it fits, up to the same last day. Null: the last day alone has too many. */
      fitsFrom: z.iso.date().nullable(),
    }),
  ),
  GOODS_OVER_BUDGET: define(
    'UNPROCESSABLE_CONTENT',
    'More was spent than the budget allows.',
    z.strictObject({ goodsBudgetMinor: amountMinorOut }),
  ),
  DEADLINE_INVALID: define(
    'BAD_REQUEST',
    'A deadline lies in the past, too far ahead, or after the due time.',
    z.strictObject({ field: z.enum(['expiresAt', 'dueAt']), earliest: z.date(), latest: z.date() }),
  ),
  TRANSITION_REFUSED: define(
    'CONFLICT',
    'That cannot be done in the state it is in.',
    z.strictObject({
      subject: z.string(),
      state: z.string(),
      event: z.string(),
      allowed: z.array(z.string()),
    }),
  ),
  ERRAND_TAKEN: define('CONFLICT', 'Somebody else has taken this errand.', none),
  ERRAND_OWN: define('FORBIDDEN', 'You cannot run your own errand.', none),
  CANCELLATION_COSTS_MORE: define(
    'PRECONDITION_FAILED',
    'Cancelling costs more by now. Nothing was cancelled.',
    z.strictObject({
      currency,
      /** What it costs now, and what the caller said at most. */
      costMinor: amountMinorOut,
      costMaxMinor: amountMinorOut,
    }),
  ),
  SIGNATURE_NEEDED: define(
    'FORBIDDEN',
    'This amount needs a signature.',
    z.strictObject({
      /** What `approvals.begin` is asked for. */
      action: z.string(),
      amountMinor: amountMinorOut,
      currency,
      /** Whether this amount alone reaches the limit, or with what was done unsigned before it in the rolling time. */
      limit: z.enum(['single', 'rolling']),
      limitMinor: amountMinorOut,
    }),
  ),
  PASSKEY_MISSING: define(
    'PRECONDITION_FAILED',
    'This needs the signature of a passkey, and this account has none. Add one first, or recover the account.',
    none,
  ),
  SIGNATURE_REFUSED: define(
    'FORBIDDEN',
    'The signature is not one over exactly this action. Begin again under a new key, and sign that.',
    none,
  ),
  PASSKEY_EXISTS: define(
    'PRECONDITION_FAILED',
    'This account has a passkey, or had one. Add another one by a signature of it, or recover the account.',
    none,
  ),
  PASSKEY_LAST: define(
    'PRECONDITION_FAILED',
    'This is your only passkey, and without it you could not come back. Add another one first, make recovery codes, or verify both your email and your phone, which bring you back a day later.',
    none,
  ),
  PASSKEY_LIMIT_REACHED: define(
    'PRECONDITION_FAILED',
    'You have as many passkeys as one person may have. Remove one first.',
    z.strictObject({ max: z.int() }),
  ),
  DEVICE_KEY_INVALID: define(
    'BAD_REQUEST',
    'This is not the public key of an Ed25519 key pair. Make a new pair.',
    none,
  ),
  DEVICE_KEY_USED: define('CONFLICT', 'This device key was enrolled before. Make a new pair.', none),
  DEVICE_KEY_REVOKED: define('CONFLICT', 'This device key was revoked before.', none),
  DEVICE_KEY_LIMIT_REACHED: define(
    'PRECONDITION_FAILED',
    'You have as many device keys as one person may have. Revoke one first.',
    z.strictObject({ max: z.int() }),
  ),
  PAYOUT_ACCOUNT_COOLING: define(
    'PRECONDITION_FAILED',
    'A new payout account takes withdrawals only after a day.',
    z.strictObject({ usableAt: z.date() }),
  ),
  PAYOUT_ACCOUNT_UNCONFIRMED: define(
    'PRECONDITION_FAILED',
    'The bank has not confirmed this payout account yet.',
    none,
  ),
  PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK: define('UNPROCESSABLE_CONTENT', 'The bank knows no such account.', none),
  PROVIDER_REFUSED: define(
    'UNPROCESSABLE_CONTENT',
    'The payment provider refused this.',
    z.strictObject({ reason: z.string() }),
  ),
  RATE_LIMITED: define('TOO_MANY_REQUESTS', 'Too many calls. Wait a little.', wait),
  STREAM_LIMIT_REACHED: define(
    'TOO_MANY_REQUESTS',
    'This account has too many live streams open. Close one, or wait a little.',
    z.strictObject({ max: z.int(), retryAfterSeconds: z.int().min(1) }),
  ),
  REQUEST_TOO_LARGE: define(
    'PAYLOAD_TOO_LARGE',
    'The request is too large.',
    z.strictObject({ maxBytes: z.int() }),
  ),
  BATCH_TOO_LARGE: define('BAD_REQUEST', 'Too many calls in one request.', z.strictObject({ max: z.int() })),
  BATCH_REFUSED: define('BAD_REQUEST', 'This call must come alone in its request.', none),
  PROCEDURE_UNKNOWN: define('NOT_FOUND', 'There is no such procedure.', none),
  WAY_IN_OFF: define(
    'FORBIDDEN',
    'This way in is switched off here. Sign in another way, as by a passkey.',
    z.strictObject({ wayIn: z.enum(['password', 'identity_provider', 'second_factor']) }),
  ),
  SESSION_NOT_FRESH: define(
    'FORBIDDEN',
    'Sign in again first: this needs a session that has just begun.',
    none,
  ),
  PASSWORD_UNUSABLE: define(
    'BAD_REQUEST',
    'This password cannot be used. Choose another: the details say what is wrong with it.',
    z.strictObject({
      reason: z.enum(['too_short', 'too_long', 'breached', 'is_name']),
      lengthMin: z.int(),
      lengthMax: z.int(),
    }),
  ),
  PASSWORD_SIGN_IN_REFUSED: define('UNAUTHORIZED', 'The name or the password is not right.', none),
  SECOND_FACTOR_MISSING: define(
    'PRECONDITION_FAILED',
    'A password needs a second factor beside it. Set one up first.',
    none,
  ),
  SECOND_FACTOR_NEEDED: define(
    'PRECONDITION_FAILED',
    'This is the last second factor of a sign-in by password. Remove the password first.',
    none,
  ),
  TOTP_ENROLLED: define('CONFLICT', 'An authenticator app is set up already. Remove it first.', none),
  IDENTITY_PROVIDER_UNKNOWN: define('NOT_FOUND', 'There is no such identity provider here.', none),
  IDENTITY_PROVIDER_UNREACHABLE: define(
    'SERVICE_UNAVAILABLE',
    'The identity provider does not answer. Begin again in a while, or sign in another way.',
    wait,
  ),
  IDENTITY_REFUSED: define(
    'UNAUTHORIZED',
    'The identity provider’s answer was not accepted. Begin again.',
    none,
  ),
  IDENTITY_TAKEN: define(
    'CONFLICT',
    'This identity belongs to another account. Sign in by it, or link another.',
    none,
  ),
  REDIRECT_URL_REFUSED: define('BAD_REQUEST', 'The redirect URL is not one of this site’s pages.', none),
  ACCOUNT_EXISTS: define(
    'CONFLICT',
    'There is an account with this email address. Sign in to it, then link the identity to it.',
    none,
  ),
  WAY_IN_LAST: define(
    'PRECONDITION_FAILED',
    'This is the last way into the account. Add another first.',
    none,
  ),
  CLOCK_NOT_VIRTUAL: define('FORBIDDEN', 'This clock cannot be moved.', none),
  SERVICE_BUSY: define('SERVICE_UNAVAILABLE', 'The service is busy. Try again shortly.', wait),
  INTERNAL: define(
    'INTERNAL_SERVER_ERROR',
    'Something went wrong on our side. Nothing was changed.',
    z.strictObject({ requestId: z.string() }),
  ),
} as const;

export type ErrorCode = keyof typeof errors;
export type ErrorDetails<C extends ErrorCode> = z.infer<(typeof errors)[C]['details']>;

/** A refusal as it travels: `data.refusal` of a tRPC error. */
export type WireRefusal = { [C in ErrorCode]: { code: C; details: ErrorDetails<C> } }[ErrorCode];
