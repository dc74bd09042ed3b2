import type { ErrandState } from '@errand-dash/contract';
import type { ClockEventOf, InstantOf, StateMachine } from '../state-machine.ts';

/**
 * The whole life of an errand. Its escrow ends in the same transaction: released when it is confirmed, refunded
 * when it expires or lapses, refunded or split by the cancellation table when it is cancelled.
 */
export const errandMachine = {
  posted: {
    accept: { to: 'accepted', by: ['runner'] },
    cancel: { to: 'cancelled', by: ['sender'] },
    expire: { to: 'expired', by: ['clock'], at: 'expiresAt' },
  },
  accepted: {
    start: { to: 'started', by: ['runner'] },
    cancel: { to: 'cancelled', by: ['sender'] },
    reopen: { to: 'posted', by: ['clock'], at: 'reopensAt' },
  },
  started: {
    complete: { to: 'completed', by: ['runner'] },
    cancel: { to: 'cancelled', by: ['sender'] },
    lapse: { to: 'cancelled', by: ['clock'], at: 'lapsesAt' },
  },
  completed: {
    confirm: { to: 'confirmed', by: ['sender', 'clock'], at: 'confirmsAt' },
  },
  confirmed: {},
  cancelled: {},
  expired: {},
} as const satisfies StateMachine<
  ErrandState,
  ErrandEvent,
  ErrandActor,
  'expiresAt' | 'reopensAt' | 'lapsesAt' | 'confirmsAt'
>;

export const errandEvents = [
  'accept',
  'start',
  'complete',
  'confirm',
  'cancel',
  'expire',
  'reopen',
  'lapse',
] as const;
export type ErrandEvent = (typeof errandEvents)[number];

export const errandActors = ['sender', 'runner', 'clock'] as const;
export type ErrandActor = (typeof errandActors)[number];

export type ErrandClockEvent = ClockEventOf<typeof errandMachine>;
export type ErrandInstant = InstantOf<typeof errandMachine>;
