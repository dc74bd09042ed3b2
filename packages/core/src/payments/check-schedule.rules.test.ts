import { expect, test } from 'vitest';
import { after } from '../clock.ts';
import { nextOnSchedule, nextWithin } from './check-schedule.rules.ts';

const since = new Date('2026-02-02T09:00:00Z');
const schedule = [60, 300, 3600];

test.each([
  [0, 60, 60],
  [59, 60, 60],
  [60, 300, 300],
  [299, 300, 300],
  [300, 3600, 3600],
  [3600, 7200, null],
  [90_000, 93_600, null],
])('after %i seconds the next time is at %i, within the schedule at %s', (seconds, forEver, within) => {
  const now = after(since, seconds);
  expect(nextOnSchedule(since, now, schedule)).toEqual(after(since, forEver));
  expect(nextWithin(since, now, schedule)).toEqual(within === null ? null : after(since, within));
});
