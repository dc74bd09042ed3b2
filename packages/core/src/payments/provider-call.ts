import type { Call } from '../claim.ts';

/** A call in the name of what the provider said of one of its objects, such as `transaction/4099260516`. */
export const providerCall = (object: string, idempotencyKey: string | null = null): Call => ({
  caller: { kind: 'provider', object },
  idempotencyKey,
  requestId: object,
});
