import * as z from 'zod';
import { readBoundedBody } from './bounded-body.ts';
import type { PaystackProblem, PaystackRefused, PaystackResult, PaystackUnknown } from './result.ts';

export interface PaystackConnection {
  readonly secretKey: string;
  readonly baseUrl: string;
  readonly timeoutSeconds: number;
  readonly fetch: typeof globalThis.fetch;
}

export interface PaystackRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

const BODY_BYTES_MAX = 4 * 1024 * 1024;
const RETRY_AFTER_DEFAULT_SECONDS = 30;
const RETRY_AFTER_MAX_SECONDS = 3_600;
const MESSAGE_LENGTH_MAX = 300;

/**
 * Makes one call and reads its answer with the schema given. Never throws for what the network or
 * Paystack does, never follows a redirect and never repeats the call: repeating is the caller's decision.
 */
export async function sendRequest<Value>(
  connection: PaystackConnection,
  request: PaystackRequest,
  schema: z.ZodType<Value>,
): Promise<PaystackResult<Value>> {
  const answer = await receive(connection, request);
  if ('outcome' in answer) {
    return answer;
  }
  const envelope = readEnvelope(answer.body);
  if (answer.httpStatus >= 400) {
    return classifyRefusal(answer, envelope, connection.secretKey);
  }
  if (envelope === null) {
    return unknown(answer.body.length === 0 ? 'body_empty' : 'body_not_json', answer.httpStatus);
  }
  if (envelope.status !== true) {
    return unknown('body_malformed', answer.httpStatus, 'status');
  }
  const parsed = schema.safeParse(envelope);
  if (!parsed.success) {
    return unknown('body_malformed', answer.httpStatus, namesOfFields(parsed.error));
  }
  return { outcome: 'ok', value: parsed.data };
}

interface Answer {
  readonly httpStatus: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

async function receive(
  connection: PaystackConnection,
  request: PaystackRequest,
): Promise<Answer | PaystackUnknown> {
  const signal = AbortSignal.timeout(Math.ceil(connection.timeoutSeconds * 1_000));
  try {
    const response = await connection.fetch(urlOf(connection, request), {
      method: request.method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${connection.secretKey}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      // A redirect would carry our key and the effect to an address that nobody configured.
      redirect: 'manual',
      signal,
    });
    const body = await readBoundedBody(response, BODY_BYTES_MAX);
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      return unknown('redirected', response.status);
    }
    if (body === null) {
      return unknown('body_too_large', response.status);
    }
    return { httpStatus: response.status, headers: response.headers, body };
  } catch (error) {
    return signal.aborted
      ? unknown('timed_out', null)
      : unknown('connection_failed', null, systemErrorCode(error));
  }
}

function urlOf(connection: PaystackConnection, request: PaystackRequest): string {
  const url = new URL(`${connection.baseUrl.replace(/\/+$/, '')}${request.path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  return url.href;
}

const envelopeSchema = z.looseObject({
  status: z.boolean(),
  message: z.string().nullish(),
  type: z.string().nullish(),
  code: z.string().nullish(),
});
type Envelope = z.infer<typeof envelopeSchema>;

function readEnvelope(body: Uint8Array): Envelope | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return envelopeSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * A 4xx without Paystack's envelope comes from something in between, which may have passed the call on;
 * it proves no refusal.
 */
function classifyRefusal(answer: Answer, envelope: Envelope | null, secretKey: string): PaystackProblem {
  const { httpStatus } = answer;
  if (httpStatus === 429) {
    return { outcome: 'limited', retryAfterSeconds: retryAfterSecondsOf(answer.headers) };
  }
  if (httpStatus >= 500 || httpStatus === 408) {
    return unknown('server_error', httpStatus);
  }
  const message = safeMessage(envelope?.message, secretKey);
  if (httpStatus === 401 || httpStatus === 403) {
    return { outcome: 'unauthorized', httpStatus, message };
  }
  if (envelope === null || envelope.status !== false) {
    return unknown('status_unexpected', httpStatus);
  }
  // Paystack's published samples answer an unknown reference with 404 in one place, with this code in another.
  if (httpStatus === 404 || envelope.code === 'transaction_not_found') {
    return { outcome: 'notFound', message };
  }
  const code = envelope.code ?? null;
  const type = envelope.type ?? null;
  return { outcome: 'refused', reason: reasonOf(code, type, message), httpStatus, code, type, message };
}

function reasonOf(code: string | null, type: string | null, message: string): PaystackRefused['reason'] {
  if (code === 'duplicate_reference' || code === 'duplicate_transfer_reference') {
    return 'duplicate_reference';
  }
  // The text has been seen with "fulfil" and "fulfill", and without a code.
  if (/balance is not enough/i.test(message)) {
    return 'balance_insufficient';
  }
  if (code === 'invalid_transfer_recipient') {
    return 'recipient_invalid';
  }
  return type === 'validation_error' ? 'input_invalid' : 'other';
}

/** A Retry-After date is measured against the answer's own Date, so that no clock of ours is needed. */
function retryAfterSecondsOf(headers: Headers): number {
  const text = headers.get('retry-after')?.trim() ?? '';
  const seconds = /^\d{1,9}$/.test(text)
    ? Number(text)
    : Math.ceil((Date.parse(text) - Date.parse(headers.get('date') ?? '')) / 1_000);
  if (!Number.isFinite(seconds)) {
    return RETRY_AFTER_DEFAULT_SECONDS;
  }
  return Math.min(Math.max(seconds, 1), RETRY_AFTER_MAX_SECONDS);
}

function safeMessage(message: string | null | undefined, secretKey: string): string {
  return (message ?? '').replaceAll(secretKey, '[secret]').slice(0, MESSAGE_LENGTH_MAX);
}

function unknown(
  reason: PaystackUnknown['reason'],
  httpStatus: number | null,
  detail: string | null = null,
): PaystackUnknown {
  return { outcome: 'unknown', reason, httpStatus, detail };
}

function namesOfFields(error: z.ZodError): string {
  const names = error.issues.map((issue) => issue.path.join('.') || issue.code);
  return names.slice(0, 8).join(', ').slice(0, MESSAGE_LENGTH_MAX);
}

/** Only the code, such as ECONNRESET: the error itself may quote the request's headers. */
function systemErrorCode(error: unknown): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') {
      return cause.code.slice(0, 60);
    }
  }
  return null;
}
