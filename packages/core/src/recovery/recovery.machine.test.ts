import { expect, test } from 'vitest';
import { isRefusal } from '../refusal.ts';
import { decideTransition } from '../state-machine.ts';
import { recoveryActors, recoveryEvents, recoveryMachine, recoveryStates } from './recovery.machine.ts';

const expected: Record<string, Record<string, string>> = {
  open: { 'prove by person': 'proven', 'end by other_recovery': 'ended', 'end by owner': 'ended' },
  proven: {
    ...{ 'prove by person': 'proven', 'finish by person': 'finished' },
    ...{ 'end by other_recovery': 'ended', 'end by owner': 'ended' },
  },
  finished: { 'undo by owner': 'undone' },
};

const rows = recoveryStates.flatMap((state) =>
  recoveryEvents.flatMap((event) =>
    recoveryActors.map((actor) => ({
      state,
      event,
      actor,
      to: expected[state]?.[`${event} by ${actor}`] ?? 'none',
    })),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(recoveryMachine, 'recovery', state, event as never, actor);
  expect(isRefusal(decision) ? 'none' : decision).toBe(to);
});

test('every state is in the machine, and no other', () => {
  expect(Object.keys(recoveryMachine).sort()).toEqual([...recoveryStates].sort());
});
