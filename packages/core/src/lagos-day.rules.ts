import { after } from './clock.ts';
import { type Decision, refuse } from './refusal.ts';

/** Calendar days are Africa/Lagos, an hour ahead of UTC all year (IANA tz database). */
const OFFSET_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** A calendar day as `2026-03-01`, and the instants from which and before which it lasts. */
export interface LagosDay {
  day: string;
  from: Date;
  to: Date;
}

/** The day that an instant falls on. */
export function lagosDayOf(instant: Date): LagosDay {
  const day = after(instant, OFFSET_SECONDS).toISOString().slice(0, 10);
  return spanOf(day);
}

/** An instant as a clock in Lagos shows it: `2026-03-02 00:30:00`. */
export const lagosTimeOf = (instant: Date): string =>
  after(instant, OFFSET_SECONDS).toISOString().slice(0, 19).replace('T', ' ');

/** The day of this name. Refuses with `INPUT_INVALID`, naming the field that it came in. */
export function decideLagosDay(day: string, path = 'day'): Decision<LagosDay> {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && isCalendarDay(day);
  return isDay ? spanOf(day) : refuse('INPUT_INVALID', { issues: [{ path, message: 'no such day' }] });
}

/** Date.parse takes the 31st of a month of 30 days as the 1st of the next. */
function isCalendarDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function spanOf(day: string): LagosDay {
  const from = after(new Date(`${day}T00:00:00Z`), -OFFSET_SECONDS);
  return { day, from, to: after(from, DAY_SECONDS) };
}
