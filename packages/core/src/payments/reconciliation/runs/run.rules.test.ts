import { expect, test } from 'vitest';
import { after } from '../../../clock.ts';
import { defaultPolicy } from '../../../policy.ts';
import { readsFromOf, retryAt } from './run.rules.ts';

const now = new Date('2026-03-10T12:00:00Z');
const policy = defaultPolicy.reconciliation;
const hour = 3600;
const day = 24 * hour;

test.each([
  ['nothing was ever read', null, 3 * day],
  ['the last run was just now', 60, 3 * day],
  ['the last run was two days ago', 2 * day, 3 * day],
  ['nothing was read for ten days', 10 * day, 10 * day + hour],
])('where %s it reads from %#', (_name, ago, expected) => {
  const last = ago === null ? null : after(now, -ago);
  expect(readsFromOf(now, last, policy)).toEqual(after(now, -expected));
});

test.each([
  [1, null, 60],
  [2, null, 300],
  [3, null, 900],
  [40, null, 900],
  [1, 30, 60],
  [1, 600, 600],
])('after failure %i, told to wait %s, it waits %i seconds', (failures, wait, seconds) => {
  expect(retryAt(now, failures, wait, policy)).toEqual(after(now, seconds));
});
