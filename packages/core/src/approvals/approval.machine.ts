import type { StateMachine } from '../state-machine.ts';

/** The life of a signed action. Any attempt ends it; one that nobody tries in time can no longer be accepted. */
export const approvalMachine = {
  open: {
    accept: { to: 'accepted', by: ['signer'] },
    refuse: { to: 'refused', by: ['signer'] },
  },
  accepted: {},
  refused: {},
} as const satisfies StateMachine<ApprovalState, ApprovalEvent, ApprovalActor>;

export const approvalStates = ['open', 'accepted', 'refused'] as const;
export type ApprovalState = (typeof approvalStates)[number];

export const approvalEvents = ['accept', 'refuse'] as const;
export type ApprovalEvent = (typeof approvalEvents)[number];

export const approvalActors = ['signer'] as const;
export type ApprovalActor = (typeof approvalActors)[number];
