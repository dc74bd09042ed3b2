/** What a route answers, before any fault is laid over it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as HTML. */
  readonly body: object | string;
}

/** Paystack's envelope of a successful call. */
export function success(
  message: string,
  data: unknown,
  more: { status?: number; meta?: object } = {},
): Answer {
  const meta = more.meta === undefined ? {} : { meta: more.meta };
  return { status: more.status ?? 200, body: { status: true, message, data, ...meta } };
}

/** Paystack's envelope of an error (schema Error and TransactionInitializeBadRequestModel of its OpenAPI). */
export function refusal(status: number, message: string, code: string, nextStep: string): Answer {
  const type = status >= 500 ? 'api_error' : 'validation_error';
  return { status, body: { status: false, message, meta: { nextStep }, type, code } };
}

/** The 404 of the OpenAPI document, which carries neither type nor code. */
export function notFound(message: string): Answer {
  return { status: 404, body: { status: false, message } };
}

export function invalid(message: string): Answer {
  return refusal(
    400,
    message,
    'invalid_params',
    'Ensure that you are passing valid values for all parameters',
  );
}
