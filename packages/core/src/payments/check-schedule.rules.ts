import { after } from '../clock.ts';

/** The first instant of a schedule that still lies ahead; then as often as its last step, without an end. */
export function nextOnSchedule(since: Date, now: Date, afterSeconds: readonly number[]): Date {
  return nextWithin(since, now, afterSeconds) ?? after(now, afterSeconds.at(-1) ?? 3600);
}

/** The first instant of a schedule that still lies ahead, or null once it is over. */
export function nextWithin(since: Date, now: Date, afterSeconds: readonly number[]): Date | null {
  return afterSeconds.map((seconds) => after(since, seconds)).find((instant) => instant > now) ?? null;
}
