import type { WithdrawalState } from '@errand-dash/contract';
import type { StateMachine } from '../../state-machine.ts';

/**
 * The whole life of a withdrawal. Once it is `sending` the provider may know of it, and only what the provider says
 * ends it, never its age. `sent` is known to be at the provider; a transfer that was paid may still come back.
 */
export const withdrawalMachine = {
  requested: {
    send: { to: 'sending', by: ['clock'], at: 'nextCheckAt' },
    acknowledge: { to: 'sent', by: ['provider'] },
    pay: { to: 'paid', by: ['provider'] },
    return: { to: 'returned', by: ['provider'] },
  },
  sending: {
    send: { to: 'sending', by: ['clock'], at: 'nextCheckAt' },
    postpone: { to: 'requested', by: ['provider'] },
    acknowledge: { to: 'sent', by: ['provider'] },
    pay: { to: 'paid', by: ['provider'] },
    return: { to: 'returned', by: ['provider'] },
  },
  sent: {
    check: { to: 'sent', by: ['clock'], at: 'nextCheckAt' },
    pay: { to: 'paid', by: ['provider'] },
    return: { to: 'returned', by: ['provider'] },
  },
  paid: {
    check: { to: 'paid', by: ['clock'], at: 'nextCheckAt' },
    reverse: { to: 'reversed', by: ['provider'] },
  },
  returned: {},
  reversed: {},
} as const satisfies StateMachine<WithdrawalState, WithdrawalEvent, WithdrawalActor, 'nextCheckAt'>;

export const withdrawalEvents = [
  'send',
  'postpone',
  'acknowledge',
  'pay',
  'return',
  'reverse',
  'check',
] as const;
export type WithdrawalEvent = (typeof withdrawalEvents)[number];

/** The owner begins it and then waits: no edge is his. */
export const withdrawalActors = ['owner', 'provider', 'clock'] as const;
export type WithdrawalActor = (typeof withdrawalActors)[number];
