import type { PayoutAccountState } from '@errand-dash/contract';
import type { StateMachine } from '../../state-machine.ts';

/** The life of a bank account that its owner may be paid out to. What the bank says of it decides, never its age. */
export const payoutAccountMachine = {
  created: {
    activate: { to: 'active', by: ['provider'] },
    refuse: { to: 'refused', by: ['provider'] },
    check: { to: 'created', by: ['clock'], at: 'nextCheckAt' },
    remove: { to: 'removed', by: ['owner'] },
  },
  active: {
    remove: { to: 'removed', by: ['owner'] },
  },
  refused: {},
  removed: {},
} as const satisfies StateMachine<PayoutAccountState, PayoutAccountEvent, PayoutAccountActor, 'nextCheckAt'>;

export const payoutAccountEvents = ['activate', 'refuse', 'check', 'remove'] as const;
export type PayoutAccountEvent = (typeof payoutAccountEvents)[number];

export const payoutAccountActors = ['owner', 'provider', 'clock'] as const;
export type PayoutAccountActor = (typeof payoutAccountActors)[number];
