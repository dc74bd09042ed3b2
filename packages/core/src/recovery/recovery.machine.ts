import type { StateMachine } from '../state-machine.ts';

/**
 * The life of an attempt to come back without a passkey. One that is past its time can do nothing any more and is
 * forgotten; one that finished stays.
 */
export const recoveryMachine = {
  open: {
    prove: { to: 'proven', by: ['person'] },
    end: { to: 'ended', by: ['other_recovery', 'owner'] },
  },
  proven: {
    prove: { to: 'proven', by: ['person'] },
    finish: { to: 'finished', by: ['person'] },
    end: { to: 'ended', by: ['other_recovery', 'owner'] },
  },
  finished: {
    undo: { to: 'undone', by: ['owner'] },
  },
  undone: {},
  ended: {},
} as const satisfies StateMachine<RecoveryState, RecoveryEvent, RecoveryActor>;

export const recoveryStates = ['open', 'proven', 'finished', 'undone', 'ended'] as const;
export type RecoveryState = (typeof recoveryStates)[number];

export const recoveryEvents = ['prove', 'finish', 'undo', 'end'] as const;
export type RecoveryEvent = (typeof recoveryEvents)[number];

/** Who recovers; who signed in with an older passkey; another recovery of the same account that came first. */
export const recoveryActors = ['person', 'owner', 'other_recovery'] as const;
export type RecoveryActor = (typeof recoveryActors)[number];
