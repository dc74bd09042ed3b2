import type { EscrowState } from '@errand-dash/contract';
import type { StateMachine } from '../state-machine.ts';

/**
 * The whole life of an escrow. Money leaves it only on release, releasePart, refund and split.
 * Its clock is that of what the money is held for.
 */
export const escrowMachine = {
  held: {
    assign: { to: 'held', by: ['payee'] },
    unassign: { to: 'held', by: ['clock'] },
    releasePart: { to: 'held', by: ['payer'] },
    release: { to: 'released', by: ['payer', 'clock'] },
    refund: { to: 'refunded', by: ['payer', 'clock'] },
    split: { to: 'split', by: ['payer'] },
  },
  released: {},
  refunded: {},
  split: {},
} as const satisfies StateMachine<EscrowState, EscrowEvent, EscrowActor>;

export const escrowEvents = ['assign', 'unassign', 'releasePart', 'release', 'refund', 'split'] as const;
export type EscrowEvent = (typeof escrowEvents)[number];

export const escrowActors = ['payer', 'payee', 'clock'] as const;
export type EscrowActor = (typeof escrowActors)[number];
