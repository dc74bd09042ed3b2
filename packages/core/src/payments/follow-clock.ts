import type { ClockOffset } from '../clock-offset.store.ts';
import type { Core } from '../core.ts';
import { Refused, refuse } from '../refusal.ts';

/**
 * Tells the stand-in provider the time of a virtual clock, so that its webhooks and dates agree with ours.
 * Refuses with `SERVICE_BUSY` where it did not hear: telling it again does no harm.
 */
export async function followClock(core: Core, { offsetSeconds }: ClockOffset): Promise<void> {
  const told = await core.payments.paystack.setSandboxClock(offsetSeconds);
  if (told.outcome === 'ok') return;
  core.log('warn', 'the sandbox did not take the time', { outcome: told.outcome });
  throw new Refused(refuse('SERVICE_BUSY', { retryAfterSeconds: 1 }));
}
