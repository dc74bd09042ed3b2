import * as z from 'zod';
import { type PaystackConnection, sendRequest } from './request.ts';
import type { PaystackResult } from './result.ts';

/**
 * Sets how far a sandbox's clock is from the real one, in whole seconds. The real Paystack knows no such call,
 * and a sandbox takes it only where it was started with an adjustable clock.
 */
export async function setSandboxClock(
  connection: PaystackConnection,
  offsetSeconds: number,
): Promise<PaystackResult<null>> {
  const body = { offsetSeconds: Math.round(offsetSeconds) };
  const request = { method: 'POST', path: '/sandbox/clock', body } as const;
  const result = await sendRequest(connection, request, z.looseObject({}));
  return result.outcome === 'ok' ? { outcome: 'ok', value: null } : result;
}
