import { createHmac } from 'node:crypto';
import type { DeliveryRecord } from '../books/records.ts';

/** The header that goes with a delivery, or null for none; the body is signed with the API's own key. */
export function webhookSignature(
  secretKey: string,
  body: string,
  kind: DeliveryRecord['signature'],
): string | null {
  const signature = createHmac('sha512', secretKey).update(body).digest('hex');
  switch (kind) {
    case 'valid':
      return signature;
    case 'bad':
      return createHmac('sha512', `${secretKey}-other`).update(body).digest('hex');
    case 'uppercase':
      return signature.toUpperCase();
    case 'short':
      return signature.slice(0, 127);
    case 'missing':
      return null;
  }
}
