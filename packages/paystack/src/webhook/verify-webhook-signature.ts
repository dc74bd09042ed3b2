import { createHmac, timingSafeEqual } from 'node:crypto';

export interface WebhookSignatureInput {
  /** The body exactly as it came, before any parsing. */
  readonly rawBody: Uint8Array;
  /** The one `x-paystack-signature` header. */
  readonly signature: string | undefined;
  /** The API keys in force: Paystack signs with the API key, so a rotation needs the old and the new. */
  readonly secrets: readonly string[];
}

/**
 * Whether the body was signed by a holder of one of the secrets: HMAC-SHA-512 over the raw bytes as 128
 * lowercase hex digits, which is how Paystack writes it; uppercase is refused. An empty secret never
 * matches, since anybody could sign with it.
 */
export function verifyWebhookSignature({ rawBody, signature, secrets }: WebhookSignatureInput): boolean {
  if (signature === undefined || !/^[0-9a-f]{128}$/.test(signature)) {
    return false;
  }
  const given = Buffer.from(signature, 'hex');
  let isValid = false;
  for (const secret of secrets) {
    const expected = createHmac('sha512', secret).update(rawBody).digest();
    const isEqual = given.length === expected.length && timingSafeEqual(given, expected);
    isValid = (isEqual && secret !== '') || isValid;
  }
  return isValid;
}
