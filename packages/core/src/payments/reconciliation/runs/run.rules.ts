import { after } from '../../../clock.ts';
import type { Policy } from '../../../policy.ts';

/** From when on a run reads: as far back as is usual, and to where the last one that was finished began. */
export function readsFromOf(
  now: Date,
  lastStartedAt: Date | null,
  { lookBackSeconds, clockMarginSeconds }: Policy['reconciliation'],
): Date {
  const usual = after(now, -lookBackSeconds);
  if (lastStartedAt === null) return usual;
  const unread = after(lastStartedAt, -clockMarginSeconds);
  return new Date(Math.min(usual.getTime(), unread.getTime()));
}

/** When something is tried again that failed so many times, not before the provider wants to be asked. */
export function retryAt(
  now: Date,
  failures: number,
  retryAfterSeconds: number | null,
  policy: Policy['reconciliation'],
): Date {
  const pauses = policy.retryAfterSeconds;
  const pauseSeconds = pauses[failures - 1] ?? pauses.at(-1) ?? policy.everySeconds;
  return after(now, Math.max(pauseSeconds, retryAfterSeconds ?? 0));
}
