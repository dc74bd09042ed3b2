import type { StateMachine } from '../../state-machine.ts';

/** The life of a message on its way out. One that is of no use any more is not sent. */
export const outgoingMessageMachine = {
  queued: {
    attempt: { to: 'queued', by: ['clock'], at: 'nextAttemptAt' },
    send: { to: 'sent', by: ['provider'] },
    fail: { to: 'failed', by: ['provider'] },
    expire: { to: 'expired', by: ['clock'], at: 'expiresAt' },
  },
  sent: {},
  failed: {},
  expired: {},
} as const satisfies StateMachine<
  OutgoingMessageState,
  OutgoingMessageEvent,
  OutgoingMessageActor,
  'nextAttemptAt' | 'expiresAt'
>;

export const outgoingMessageStates = ['queued', 'sent', 'failed', 'expired'] as const;
export type OutgoingMessageState = (typeof outgoingMessageStates)[number];

export const outgoingMessageEvents = ['attempt', 'send', 'fail', 'expire'] as const;
export type OutgoingMessageEvent = (typeof outgoingMessageEvents)[number];

export const outgoingMessageActors = ['clock', 'provider'] as const;
export type OutgoingMessageActor = (typeof outgoingMessageActors)[number];
