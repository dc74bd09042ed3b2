import { type Decision, refuse } from './refusal.ts';

/**
 * A lifecycle as data: for each state the events that leave it, where they lead and who may cause them.
 * Where the rows have instants (`D`), an edge that the clock may take names the instant at which it does, in `at`,
 * and lists the clock last. Without instants of its own a lifecycle follows another's clock.
 */
export type StateMachine<S extends string, E extends string, A extends string, D extends string = never> = {
  readonly [state in S]: { readonly [event in E]?: Edge<S, A, D> };
};

type Edge<S, A, D> = [D] extends [never]
  ? { readonly to: S; readonly by: readonly A[]; readonly at?: never }
  :
      | { readonly to: S; readonly by: readonly Exclude<A, 'clock'>[]; readonly at?: never }
      | { readonly to: S; readonly by: readonly [...Exclude<A, 'clock'>[], 'clock']; readonly at: D };

/** A machine whose names are not known, for what reads any of them: guards, diagrams, sweeps. */
export type AnyMachine = {
  readonly [state: string]: {
    readonly [event: string]: { readonly to: string; readonly by: readonly string[]; readonly at?: string };
  };
};

export type StateOf<M> = keyof M & string;
export type EventOf<M> = { [S in keyof M]: keyof M[S] }[keyof M] & string;

type TimedEventsOf<Edges> = {
  [E in keyof Edges]: Edges[E] extends { readonly at: string } ? E : never;
}[keyof Edges];
/** The events that the clock causes by itself, at an instant of the row. */
export type ClockEventOf<M> = { [S in keyof M]: TimedEventsOf<M[S]> }[keyof M] & string;

type InstantsOf<Edges> = {
  [E in keyof Edges]: Edges[E] extends { readonly at: infer D } ? D : never;
}[keyof Edges];
/** The names of the instants at which the clock acts. */
export type InstantOf<M> = { [S in keyof M]: InstantsOf<M[S]> }[keyof M] & string;

/** A row that a machine moves: its state and its instants. */
export type Timed<M> = { readonly state: StateOf<M> } & { readonly [D in InstantOf<M>]: Date | null };

/**
 * Where an event leads from a state when this actor causes it.
 * Refuses with `TRANSITION_REFUSED`, which lists what the actor may do instead.
 */
export function decideTransition<M extends AnyMachine>(
  machine: M,
  subject: string,
  state: StateOf<M>,
  event: EventOf<M>,
  actor: string,
): Decision<StateOf<M>> {
  const edge = edgesOf(machine, state)[event];
  if (edge === undefined || !edge.by.includes(actor)) {
    return refuse('TRANSITION_REFUSED', {
      subject,
      state,
      event,
      allowed: allowedEvents(machine, state, [actor]),
    });
  }
  return edge.to;
}

/**
 * As {@link decideTransition}, for a row with instants. The clock may act only at its instant. Once that has come
 * nobody may do anything else any more, so that what happens does not depend on how prompt the worker is.
 */
export function decideTimedTransition<M extends AnyMachine>(
  machine: M,
  subject: string,
  row: Timed<M>,
  event: EventOf<M>,
  actor: string,
  now: Date,
): Decision<StateOf<M>> {
  const due = dueEvent(machine, row, now);
  const isTimely = due === null ? actor !== 'clock' : due === event;
  if (!isTimely) {
    const allowed = allowedNow(machine, row, [actor], now);
    return refuse('TRANSITION_REFUSED', { subject, state: row.state, event, allowed });
  }
  return decideTransition(machine, subject, row.state, event, actor);
}

/** The events that any of these actors may cause in a state, in the table's order. */
export function allowedEvents<M extends AnyMachine>(
  machine: M,
  state: StateOf<M>,
  actors: readonly string[],
): EventOf<M>[] {
  return Object.entries(edgesOf(machine, state))
    .filter(([, edge]) => edge.by.some((actor) => actors.includes(actor)))
    .map(([event]) => event as EventOf<M>);
}

/** The events that any of these actors may cause now: only the one that is due, once one is. */
export function allowedNow<M extends AnyMachine>(
  machine: M,
  row: Timed<M>,
  actors: readonly string[],
  now: Date,
): EventOf<M>[] {
  const due = dueEvent(machine, row, now);
  const people = actors.filter((actor) => actor !== 'clock' || due !== null);
  return allowedEvents(machine, row.state, people).filter((event) => due === null || event === due);
}

/** The edges that the clock takes from a state: the event and the name of the instant at which it is due. */
export function clockEdges<M extends AnyMachine>(
  machine: M,
  state: StateOf<M>,
): { event: ClockEventOf<M>; at: InstantOf<M> }[] {
  return Object.entries(edgesOf(machine, state)).flatMap(([event, { at }]) =>
    at === undefined ? [] : [{ event: event as ClockEventOf<M>, at: at as InstantOf<M> }],
  );
}

/** When the clock acts next on a row if nobody does, and what it does. Null where it never will. */
export function nextDeadline<M extends AnyMachine>(
  machine: M,
  row: Timed<M>,
): { event: ClockEventOf<M>; at: Date } | null {
  const instants: { readonly [name: string]: Date | null | string } = row;
  const deadlines = clockEdges(machine, row.state).flatMap(({ event, at }) => {
    const instant = instants[at];
    return instant instanceof Date ? [{ event, at: instant }] : [];
  });
  const [first] = deadlines.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return first ?? null;
}

/** What the clock has to do with a row by now, or null while nothing is due. */
export function dueEvent<M extends AnyMachine>(machine: M, row: Timed<M>, now: Date): ClockEventOf<M> | null {
  const deadline = nextDeadline(machine, row);
  return deadline !== null && deadline.at <= now ? deadline.event : null;
}

/** Whether nothing leaves a state. */
export function isFinal(machine: AnyMachine, state: string): boolean {
  return Object.keys(machine[state] ?? {}).length === 0;
}

function edgesOf<M extends AnyMachine>(machine: M, state: StateOf<M>): AnyMachine[string] {
  return machine[state] as AnyMachine[string];
}
