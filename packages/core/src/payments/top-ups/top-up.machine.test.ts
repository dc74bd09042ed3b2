import { topUpStates } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { topUpActors, topUpEvents, topUpMachine } from './top-up.machine.ts';

/** For each state, what each event of the provider's and of the clock's leads to. What is not here is refused. */
const provider = {
  created: {
    open: 'pending',
    succeed: 'succeeded',
    mismatch: 'mismatched',
    fail: 'failed',
    abandon: 'abandoned',
  },
  pending: {
    open: 'pending',
    succeed: 'succeeded',
    mismatch: 'mismatched',
    fail: 'failed',
    abandon: 'abandoned',
  },
  failed: { succeed: 'succeeded', mismatch: 'mismatched' },
  abandoned: { succeed: 'succeeded', mismatch: 'mismatched' },
  succeeded: {},
  mismatched: {},
} as const;
const clock = {
  created: { check: 'created' },
  pending: { check: 'pending' },
  failed: { check: 'failed' },
  abandoned: { check: 'abandoned' },
  succeeded: {},
  mismatched: {},
} as const;
const expected: Record<string, Record<string, Record<string, string>>> = { provider, clock, payer: {} };

const rows = topUpStates.flatMap((state) =>
  topUpEvents.flatMap((event) =>
    topUpActors.map((actor) => ({ state, event, actor, to: expected[actor]?.[state]?.[event] ?? 'refused' })),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(topUpMachine, 'topup', state, event as never, actor);
  expect(isRefusal(decision) ? 'refused' : decision).toBe(to);
});

test('every state of the contract is in the machine, and no other', () => {
  expect(Object.keys(topUpMachine).sort()).toEqual([...topUpStates].sort());
});
