import { errandStates } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../refusal.ts';
import { allowedEvents, decideTransition } from '../state-machine.ts';
import { errandClockEdges } from './advance-errands.sweep.ts';
import { type ErrandActor, errandActors, errandEvents, errandMachine } from './errand.machine.ts';
import { decideMove, type Errand } from './errand.rules.ts';
import { anErrand, minutes } from './testing/an-errand.ts';

/** What may happen. All that is not here is refused. */
const life = [
  'posted accept runner accepted',
  'posted cancel sender cancelled',
  'posted expire clock expired',
  'accepted start runner started',
  'accepted cancel sender cancelled',
  'accepted reopen clock posted',
  'started complete runner completed',
  'started cancel sender cancelled',
  'started lapse clock cancelled',
  'completed confirm sender confirmed',
  'completed confirm clock confirmed',
];

const steps = errandStates.flatMap((state) =>
  errandEvents.flatMap((event) => errandActors.map((actor) => ({ state, event, actor }))),
);

test.each(steps)('$state: $event by the $actor', ({ state, event, actor }) => {
  const to = decideTransition(errandMachine, 'errand', state, event, actor);
  const expected = life.find((line) => line.startsWith(`${state} ${event} ${actor} `));
  expect(isRefusal(to) ? undefined : `${state} ${event} ${actor} ${to}`).toBe(expected);
});

test('every line of the life is a step that was tried', () => {
  const tried = steps.map(({ state, event, actor }) => `${state} ${event} ${actor}`);
  expect(life.filter((line) => !tried.includes(line.slice(0, line.lastIndexOf(' '))))).toEqual([]);
});

describe('the clock', () => {
  const openStates = errandStates.filter((state) => Object.keys(errandMachine[state]).length > 0);

  test.each(openStates)('ends what is %s without anybody', (state) => {
    const reached = new Set<string>([state]);
    for (const from of reached) {
      const edges = errandClockEdges.filter((edge) => edge.state === from);
      for (const { event } of edges) {
        const to = decideTransition(errandMachine, 'errand', from as Errand['state'], event, 'clock');
        if (!isRefusal(to)) reached.add(to);
      }
    }
    expect([...reached].some((end) => !openStates.includes(end as Errand['state']))).toBe(true);
  });

  test.each(errandClockEdges)('takes $event from $state at $at and not before', ({ state, event, at }) => {
    const errand = { ...anErrand({ state }), [at]: minutes(60) };
    expect(isRefusal(decideMove(errand, event, 'clock', minutes(59.9)))).toBe(true);
    expect(isRefusal(decideMove(errand, event, 'clock', minutes(60)))).toBe(false);
  });

  test.each(errandClockEdges)(
    'lets nobody do anything else in $state once $at has come',
    ({ state, event, at }) => {
      const errand = { ...anErrand({ state }), [at]: minutes(60) };
      const people: readonly ErrandActor[] = ['sender', 'runner'];
      for (const actor of people) {
        for (const other of allowedEvents(errandMachine, state, [actor])) {
          expect(isRefusal(decideMove(errand, other, actor, minutes(59)))).toBe(false);
          expect(isRefusal(decideMove(errand, other, actor, minutes(61)))).toBe(other !== event);
        }
      }
    },
  );
});
