import type { ErrorDetailsByCode as ServerErrorDetails } from './generated/error-details.ts';

/** What can go wrong before or after the server, under codes of the SDK's own. */
export interface ClientErrorDetails {
  /** No answer, or one of a gateway in between. The call may have had its effect or not. */
  NETWORK_FAILED: { reason: 'unreachable' | 'timeout' | 'gateway' };
  /** The caller's own signal ended it. The call may have had its effect or not. */
  CALL_ABORTED: Record<string, never>;
  /** Something answered that does not speak as ErrandDash does: look at `url`. */
  ANSWER_UNREADABLE: { contentType: string | null };
  /** The passkey was not made or not used; `reason` is the name of the authenticator's own error. */
  AUTHENTICATOR_FAILED: { reason: string };
  /** The server wanted something else signed than what was asked for, and `member` is what differs. */
  APPROVAL_MISMATCHED: { member: string };
  /** This platform's WebCrypto has no Ed25519, without which no receipt can be verified. */
  ED25519_UNAVAILABLE: Record<string, never>;
}

/** The details of every error, by its code. */
export interface ErrorDetailsByCode extends ServerErrorDetails, ClientErrorDetails {}

export type ErrorCode = keyof ErrorDetailsByCode;

export interface ErrandDashErrorOf<C extends ErrorCode> extends Error {
  readonly name: 'ErrandDashError';
  readonly code: C;
  readonly details: ErrorDetailsByCode[C];
  /** The HTTP status of the answer, or null when there was none. */
  readonly status: number | null;
  /** What to name when asking for help, or null when there was no answer. */
  readonly requestId: string | null;
  /**
   * Whether the same call may be made again, later, and has its effect once. The SDK has tried already. A mutation needs
   * its {@link idempotencyKey}. What is single-use by nature, such as making recovery codes or sending a code, may not be
   * repeated blindly once it may have had its effect: look at what there is, or let the person begin anew.
   */
  readonly isRetryable: boolean;
  /**
   * What to give with the very same mutation to have it done once, whatever became of this attempt:
   * `{ idempotencyKey: error.idempotencyKey }`. Null for a query and for what is single-use.
   */
  readonly idempotencyKey: string | null;
}

/** Why a call failed. `switch (error.code)` narrows `error.details`. */
export type ErrandDashError = { [C in ErrorCode]: ErrandDashErrorOf<C> }[ErrorCode];

/** Whether a caught value is an error of this SDK, also of another copy of it. */
export function isErrandDashError(error: unknown): error is ErrandDashError {
  return error instanceof Error && error.name === 'ErrandDashError' && 'code' in error && 'details' in error;
}

const retryableCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'NETWORK_FAILED',
  'SERVICE_BUSY',
  'COMMAND_IN_FLIGHT',
  'RATE_LIMITED',
]);

export function errandDashError<C extends ErrorCode>(
  code: C,
  details: ErrorDetailsByCode[C],
  given: { message: string; status?: number | null; requestId?: string | null; cause?: unknown },
): ErrandDashErrorOf<C> {
  const { message, status = null, requestId = null, cause } = given;
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, {
    name: 'ErrandDashError' as const,
    code,
    details,
    status,
    requestId,
    isRetryable: retryableCodes.has(code),
    idempotencyKey: null,
  });
}

/** The error as one call tells it. It is a copy, since several calls may fail by one renewal of their token. */
export function retold(
  error: ErrandDashError,
  given: Partial<Pick<ErrandDashError, 'isRetryable' | 'idempotencyKey'>>,
): ErrandDashError {
  const { message, cause } = error;
  const copy = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(copy, error, given);
}

/** How long the server asks to be left alone, and 0 where it does not say. */
export const retryAfterSecondsOf = ({ details }: ErrandDashError): number =>
  'retryAfterSeconds' in details ? details.retryAfterSeconds : 0;
