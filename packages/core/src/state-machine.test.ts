import { describe, expect, test } from 'vitest';
import { refuse } from './refusal.ts';
import {
  allowedEvents,
  allowedNow,
  clockEdges,
  decideTimedTransition,
  decideTransition,
  dueEvent,
  isFinal,
  nextDeadline,
  type StateMachine,
} from './state-machine.ts';

type State = 'open' | 'taken' | 'done';
type Event = 'take' | 'drop' | 'finish' | 'remind';
type Actor = 'giver' | 'taker' | 'clock';
type Instant = 'dropsAt' | 'finishesAt';

const machine = {
  open: { take: { to: 'taken', by: ['taker'] } },
  taken: {
    drop: { to: 'open', by: ['taker', 'clock'], at: 'dropsAt' },
    finish: { to: 'done', by: ['giver', 'clock'], at: 'finishesAt' },
    remind: { to: 'taken', by: ['giver'] },
  },
  done: {},
} as const satisfies StateMachine<State, Event, Actor, Instant>;

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
const row = (state: State, dropsAt: Date | null = at(10), finishesAt: Date | null = at(20)) => ({
  state,
  dropsAt,
  finishesAt,
});
const refused = (state: State, event: Event, allowed: Event[]) =>
  refuse('TRANSITION_REFUSED', { subject: 'thing', state, event, allowed });

describe('a transition', () => {
  test('leads where the table says', () => {
    expect(decideTransition(machine, 'thing', 'open', 'take', 'taker')).toBe('taken');
    expect(decideTransition(machine, 'thing', 'taken', 'remind', 'giver')).toBe('taken');
  });
  test('is refused to another actor, with what he may do instead', () => {
    expect(decideTransition(machine, 'thing', 'taken', 'remind', 'taker')).toEqual(
      refused('taken', 'remind', ['drop']),
    );
  });
  test('is refused in another state, with what may be done there', () => {
    expect(decideTransition(machine, 'thing', 'done', 'take', 'taker')).toEqual(refused('done', 'take', []));
    expect(decideTransition(machine, 'thing', 'open', 'finish', 'taker')).toEqual(
      refused('open', 'finish', ['take']),
    );
  });
});

describe('with instants', () => {
  const decide = (event: Event, actor: Actor, now: Date) =>
    decideTimedTransition(machine, 'thing', row('taken'), event, actor, now);

  test.each([
    { case: 'before the instant people act', event: 'finish', actor: 'giver', now: at(9), to: 'done' },
    { case: 'at the instant the clock acts', event: 'drop', actor: 'clock', now: at(10), to: 'open' },
    { case: 'after it the clock acts', event: 'drop', actor: 'clock', now: at(11), to: 'open' },
    { case: 'after it people may do what is due', event: 'drop', actor: 'taker', now: at(11), to: 'open' },
  ] as const)('$case', ({ event, actor, now, to }) => {
    expect(decide(event, actor, now)).toBe(to);
  });

  test('the clock does nothing before its instant', () => {
    expect(decide('drop', 'clock', at(9))).toEqual(refused('taken', 'drop', []));
  });
  test('nothing else is done once an edge is due', () => {
    expect(decide('finish', 'giver', at(10))).toEqual(refused('taken', 'finish', []));
    expect(decide('remind', 'giver', at(30))).toEqual(refused('taken', 'remind', []));
    expect(decide('finish', 'taker', at(10))).toEqual(refused('taken', 'finish', ['drop']));
  });
  test('of two due edges the earlier is taken', () => {
    expect(dueEvent(machine, row('taken'), at(30))).toBe('drop');
    expect(dueEvent(machine, row('taken', at(25)), at(30))).toBe('finish');
  });
  test('an instant that is not set is never due', () => {
    expect(dueEvent(machine, row('taken', null, null), at(59))).toBeNull();
    expect(nextDeadline(machine, row('taken', null, null))).toBeNull();
    expect(nextDeadline(machine, row('taken', null))).toEqual({ event: 'finish', at: at(20) });
  });
  test('an instant of another state is not due in this one', () => {
    expect(nextDeadline(machine, row('open'))).toBeNull();
  });
  test('what is allowed shrinks to what is due', () => {
    expect(allowedNow(machine, row('taken'), ['giver', 'taker'], at(9))).toEqual([
      'drop',
      'finish',
      'remind',
    ]);
    expect(allowedNow(machine, row('taken'), ['giver', 'taker'], at(10))).toEqual(['drop']);
    expect(allowedNow(machine, row('taken'), ['giver'], at(10))).toEqual([]);
    expect(allowedNow(machine, row('taken'), ['clock'], at(9))).toEqual([]);
  });
});

test('the table is read as it stands', () => {
  expect(allowedEvents(machine, 'taken', ['giver', 'taker'])).toEqual(['drop', 'finish', 'remind']);
  expect(clockEdges(machine, 'taken')).toEqual([
    { event: 'drop', at: 'dropsAt' },
    { event: 'finish', at: 'finishesAt' },
  ]);
  expect(isFinal(machine, 'done')).toBe(true);
  expect(isFinal(machine, 'open')).toBe(false);
});

describe('a table does not compile', () => {
  type Small = StateMachine<'on' | 'off', 'press', 'person' | 'clock', 'pressAt'>;
  const off = {} as const;

  test('without one of its states, or with a state too many', () => {
    // @ts-expect-error off is missing
    const missing = { on: { press: { to: 'on', by: ['person'] } } } satisfies Small;
    // @ts-expect-error broken is no state
    const unknown = { on: {}, off, broken: {} } satisfies Small;
    expect([missing, unknown]).toHaveLength(2);
  });
  test('with an edge to nowhere or an event that nobody knows', () => {
    // @ts-expect-error broken is no state
    const nowhere = { on: { press: { to: 'broken', by: ['person'] } }, off } satisfies Small;
    // @ts-expect-error kick is no event
    const unknown = { on: { kick: { to: 'off', by: ['person'] } }, off } satisfies Small;
    expect([nowhere, unknown]).toHaveLength(2);
  });
  test('with an actor that nobody knows', () => {
    // @ts-expect-error cat is no actor
    const unknown = { on: { press: { to: 'off', by: ['cat'] } }, off } satisfies Small;
    expect(unknown).toBeDefined();
  });
  test('with an edge of the clock that names no instant, an unknown one, or one without the clock', () => {
    // @ts-expect-error the instant is missing
    const missing = { on: { press: { to: 'off', by: ['clock'] } }, off } satisfies Small;
    // @ts-expect-error noon is no instant
    const unknown = { on: { press: { to: 'off', by: ['clock'], at: 'noon' } }, off } satisfies Small;
    // @ts-expect-error the clock does not act here
    const clockless = { on: { press: { to: 'off', by: ['person'], at: 'pressAt' } }, off } satisfies Small;
    expect([missing, unknown, clockless]).toHaveLength(3);
  });
});
