import type { StateMachine } from '../../../state-machine.ts';

/**
 * The life of a drift. It closes when the books agree again: because our own pending row followed the provider by its
 * ordinary command, or because a later reading of the provider's books finds it gone.
 */
export const driftMachine = {
  open: {
    retry: { to: 'open', by: ['clock'], at: 'nextAttemptAt' },
    close: { to: 'closed', by: ['provider'] },
  },
  closed: {},
} as const satisfies StateMachine<DriftState, DriftEvent, DriftActor, 'nextAttemptAt'>;

export const driftStates = ['open', 'closed'] as const;
export type DriftState = (typeof driftStates)[number];

export const driftEvents = ['retry', 'close'] as const;
export type DriftEvent = (typeof driftEvents)[number];

export const driftActors = ['provider', 'clock'] as const;
export type DriftActor = (typeof driftActors)[number];
