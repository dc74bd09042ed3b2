/**
 * What a call to Paystack came to. Only `ok` and `refused` say what Paystack did: after `unknown`,
 * `limited` or `unauthorized` on a write the effect must be asked for again with the same reference.
 */
export type PaystackResult<Value> = { readonly outcome: 'ok'; readonly value: Value } | PaystackProblem;

export type PaystackProblem =
  | PaystackRefused
  | PaystackNotFound
  | PaystackUnknown
  | PaystackLimited
  | PaystackUnauthorized;

/** A 4xx in Paystack's own error envelope: the call had no effect. */
export interface PaystackRefused {
  readonly outcome: 'refused';
  readonly reason: RefusalReason;
  readonly httpStatus: number;
  /** Paystack's `code`, such as `duplicate_reference`; many refusals carry none. */
  readonly code: string | null;
  /** Paystack's `type`, such as `validation_error`. */
  readonly type: string | null;
  readonly message: string;
}

/** Our reading of Paystack's `code` and text; what is not listed is `other`. */
export type RefusalReason =
  | 'duplicate_reference'
  | 'balance_insufficient'
  | 'recipient_invalid'
  | 'input_invalid'
  | 'other';

/** Paystack knows no such object; right after a write it may only be late. */
export interface PaystackNotFound {
  readonly outcome: 'notFound';
  readonly message: string;
}

/** Nothing certain came back. The call may or may not have had its effect. */
export interface PaystackUnknown {
  readonly outcome: 'unknown';
  readonly reason:
    | 'timed_out'
    | 'connection_failed'
    | 'server_error'
    | 'redirected'
    | 'body_empty'
    | 'body_not_json'
    | 'body_too_large'
    | 'body_malformed'
    | 'status_unexpected';
  readonly httpStatus: number | null;
  /** For an operator's eyes: which field or which system error code. Holds no secret. */
  readonly detail: string | null;
}

export interface PaystackLimited {
  readonly outcome: 'limited';
  readonly retryAfterSeconds: number;
}

/** Our key or our address is not accepted (401, 403): a fault of the configuration, never of the request. */
export interface PaystackUnauthorized {
  readonly outcome: 'unauthorized';
  readonly httpStatus: number;
  readonly message: string;
}
