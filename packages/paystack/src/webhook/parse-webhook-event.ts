/** What can be said of a webhook from its body alone. It is a hint to ask again, never a proof. */
export interface WebhookEvent {
  /** Such as `charge.success`; also kinds that we do not know. */
  readonly event: string;
  /** `test` or `live`; null where the body does not say. */
  readonly domain: string | null;
  /** Of the transaction or transfer concerned; absent where the body names none. */
  readonly reference?: string;
  /** Paystack's id of the object in `data`; absent where the body has none. */
  readonly objectId?: string;
  /** As it came: an object as a rule, an array for some events. */
  readonly data: unknown;
}

/** A short name that any store takes: no control characters, no lone surrogates. */
const PLAIN_TEXT = /^[\x20-\x7e]{1,100}$/;

/**
 * Reads a webhook's body; call it after verifyWebhookSignature. Null for what is no JSON object with a
 * plain `event`. `data` may be of any shape.
 */
export function parseWebhookEvent(rawBody: Uint8Array): WebhookEvent | null {
  const body = asObject(parseJson(rawBody));
  const event = plainText(body?.event);
  if (body === null || event === undefined) {
    return null;
  }
  const data = asObject(body.data);
  // Disputes and refunds name the payment they are about inside or beside their own id.
  const transaction = asObject(data?.transaction);
  const reference =
    plainText(data?.reference) ?? plainText(data?.transaction_reference) ?? plainText(transaction?.reference);
  const objectId = plainText(typeof data?.id === 'number' ? safeIntegerText(data.id) : data?.id);
  return {
    event,
    domain: plainText(data?.domain) ?? plainText(transaction?.domain) ?? null,
    ...(reference === undefined ? {} : { reference }),
    ...(objectId === undefined ? {} : { objectId }),
    data: body.data,
  };
}

function parseJson(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : null;
}

function plainText(value: unknown): string | undefined {
  return typeof value === 'string' && PLAIN_TEXT.test(value) ? value : undefined;
}

function safeIntegerText(value: number): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
