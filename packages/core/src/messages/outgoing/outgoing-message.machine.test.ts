import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import {
  outgoingMessageActors,
  outgoingMessageEvents,
  outgoingMessageMachine,
  outgoingMessageStates,
} from './outgoing-message.machine.ts';

const expected: Record<string, Record<string, string>> = {
  queued: {
    'attempt by clock': 'queued',
    'send by provider': 'sent',
    'fail by provider': 'failed',
    'expire by clock': 'expired',
  },
};

const rows = outgoingMessageStates.flatMap((state) =>
  outgoingMessageEvents.flatMap((event) =>
    outgoingMessageActors.map((actor) => ({
      state,
      event,
      actor,
      to: expected[state]?.[`${event} by ${actor}`] ?? 'none',
    })),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(outgoingMessageMachine, 'message', state, event as never, actor);
  expect(isRefusal(decision) ? 'none' : decision).toBe(to);
});

test('every state is in the machine, and no other', () => {
  expect(Object.keys(outgoingMessageMachine).sort()).toEqual([...outgoingMessageStates].sort());
});
