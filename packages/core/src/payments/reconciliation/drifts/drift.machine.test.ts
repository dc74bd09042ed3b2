import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../../refusal.ts';
import { decideTransition } from '../../../state-machine.ts';
import { driftActors, driftEvents, driftMachine, driftStates } from './drift.machine.ts';
import { isFollowed } from './drift.rules.ts';

const allowed: Record<string, string> = {
  'open retry clock': 'open',
  'open close provider': 'closed',
};

const cases = driftStates.flatMap((state) =>
  driftEvents.flatMap((event) => driftActors.map((actor) => ({ state, event, actor }))),
);

describe('a drift', () => {
  test.each(cases)('that is $state: $event by the $actor', ({ state, event, actor }) => {
    const next = decideTransition(driftMachine, 'drift', state, event, actor);
    expect(isRefusal(next) ? null : next).toBe(allowed[`${state} ${event} ${actor}`] ?? null);
  });
});

test.each([
  ['succeeded', 'success', true],
  ['mismatched', 'success', true],
  ['pending', 'success', false],
  ['failed', 'success', false],
  ['abandoned', 'success', false],
  ['paid', 'success', true],
  ['paid', 'reversed', false],
  ['sent', 'success', false],
  ['returned', 'failed', true],
  ['reversed', 'reversed', true],
] as const)('a row that is %s has followed %s: %s', (state, status, followed) => {
  expect(isFollowed(state, status)).toBe(followed);
});
