import { escrowStates } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { isRefusal } from '../refusal.ts';
import { decideTransition } from '../state-machine.ts';
import { escrowActors, escrowEvents, escrowMachine } from './escrow.machine.ts';

/** What may happen. All that is not here is refused. */
const life = [
  'held assign payee held',
  'held unassign clock held',
  'held releasePart payer held',
  'held release payer released',
  'held release clock released',
  'held refund payer refunded',
  'held refund clock refunded',
  'held split payer split',
];

const steps = escrowStates.flatMap((state) =>
  escrowEvents.flatMap((event) => escrowActors.map((actor) => ({ state, event, actor }))),
);

test.each(steps)('$state: $event by the $actor', ({ state, event, actor }) => {
  const to = decideTransition(escrowMachine, 'escrow', state, event, actor);
  const expected = life.find((line) => line.startsWith(`${state} ${event} ${actor} `));
  expect(isRefusal(to) ? undefined : `${state} ${event} ${actor} ${to}`).toBe(expected);
});

test('every line of the life is a step that was tried', () => {
  const tried = steps.map(({ state, event, actor }) => `${state} ${event} ${actor}`);
  expect(life.filter((line) => !tried.includes(line.slice(0, line.lastIndexOf(' '))))).toEqual([]);
});
