import type { TopUpState } from '@errand-dash/contract';
import type { StateMachine } from '../../state-machine.ts';

/**
 * The whole life of a top-up. It ends by what the provider answers, never by age. After `failed` and `abandoned`
 * the person may still pay at the provider, so that a late success is credited all the same.
 */
export const topUpMachine = {
  created: {
    open: { to: 'pending', by: ['provider'] },
    check: { to: 'created', by: ['clock'], at: 'nextCheckAt' },
    succeed: { to: 'succeeded', by: ['provider'] },
    mismatch: { to: 'mismatched', by: ['provider'] },
    fail: { to: 'failed', by: ['provider'] },
    abandon: { to: 'abandoned', by: ['provider'] },
  },
  pending: {
    open: { to: 'pending', by: ['provider'] },
    check: { to: 'pending', by: ['clock'], at: 'nextCheckAt' },
    succeed: { to: 'succeeded', by: ['provider'] },
    mismatch: { to: 'mismatched', by: ['provider'] },
    fail: { to: 'failed', by: ['provider'] },
    abandon: { to: 'abandoned', by: ['provider'] },
  },
  failed: {
    check: { to: 'failed', by: ['clock'], at: 'nextCheckAt' },
    succeed: { to: 'succeeded', by: ['provider'] },
    mismatch: { to: 'mismatched', by: ['provider'] },
  },
  abandoned: {
    check: { to: 'abandoned', by: ['clock'], at: 'nextCheckAt' },
    succeed: { to: 'succeeded', by: ['provider'] },
    mismatch: { to: 'mismatched', by: ['provider'] },
  },
  succeeded: {},
  mismatched: {},
} as const satisfies StateMachine<TopUpState, TopUpEvent, TopUpActor, TopUpDeadline>;

export const topUpEvents = ['open', 'check', 'succeed', 'mismatch', 'fail', 'abandon'] as const;
export type TopUpEvent = (typeof topUpEvents)[number];

/** The payer begins it and then acts at the provider only: no edge is his. */
export const topUpActors = ['payer', 'provider', 'clock'] as const;
export type TopUpActor = (typeof topUpActors)[number];

type TopUpDeadline = 'nextCheckAt';
