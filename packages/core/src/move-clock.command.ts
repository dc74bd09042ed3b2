import { advanceClockOffset, type ClockOffset } from './clock-offset.store.ts';
import { ceremony } from './command.ts';
import { refuse } from './refusal.ts';

/**
 * Moves a virtual clock on, so that what is due by then is due now.
 * Refuses with `CLOCK_NOT_VIRTUAL` where the database's clock is the real one, and backwards.
 */
export const moveClock = ceremony('system.moveClock', async (tx, { seconds }: { seconds: number }) => {
  const offsetSeconds = await advanceClockOffset(tx, seconds);
  if (offsetSeconds === null) return { refusal: refuse('CLOCK_NOT_VIRTUAL', {}) };
  return { result: { offsetSeconds } satisfies ClockOffset };
});
