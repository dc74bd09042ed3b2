import { withdrawalStates } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { withdrawalActors, withdrawalEvents, withdrawalMachine } from './withdrawal.machine.ts';

/** For each state, what each event of the provider's and of the clock's leads to. What is not here is refused. */
const provider = {
  requested: { acknowledge: 'sent', pay: 'paid', return: 'returned' },
  sending: { postpone: 'requested', acknowledge: 'sent', pay: 'paid', return: 'returned' },
  sent: { pay: 'paid', return: 'returned' },
  paid: { reverse: 'reversed' },
} as const;
const clock = {
  requested: { send: 'sending' },
  sending: { send: 'sending' },
  sent: { check: 'sent' },
  paid: { check: 'paid' },
} as const;
const expected: Record<string, Record<string, Record<string, string>>> = { provider, clock, owner: {} };

const rows = withdrawalStates.flatMap((state) =>
  withdrawalEvents.flatMap((event) =>
    withdrawalActors.map((actor) => {
      return { state, event, actor, to: expected[actor]?.[state]?.[event] ?? 'refused' };
    }),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(withdrawalMachine, 'withdrawal', state, event as never, actor);
  expect(isRefusal(decision) ? 'refused' : decision).toBe(to);
});

test('every state of the contract is in the machine, and no other', () => {
  expect(Object.keys(withdrawalMachine).sort()).toEqual([...withdrawalStates].sort());
});
