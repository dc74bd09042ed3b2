import { expect, test } from 'vitest';
import { isRefusal } from '../refusal.ts';
import { decideTransition } from '../state-machine.ts';
import { approvalActors, approvalEvents, approvalMachine, approvalStates } from './approval.machine.ts';

const expected: Record<string, Record<string, string>> = { open: { accept: 'accepted', refuse: 'refused' } };

const rows = approvalStates.flatMap((state) =>
  approvalEvents.flatMap((event) =>
    approvalActors.map((actor) => ({ state, event, actor, to: expected[state]?.[event] ?? 'none' })),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(approvalMachine, 'approval', state, event as never, actor);
  expect(isRefusal(decision) ? 'none' : decision).toBe(to);
});

test('every state is in the machine, and no other', () => {
  expect(Object.keys(approvalMachine).sort()).toEqual([...approvalStates].sort());
});
