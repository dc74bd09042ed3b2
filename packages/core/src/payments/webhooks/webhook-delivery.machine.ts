import type { StateMachine } from '../../state-machine.ts';

/** The life of one delivery in the inbox. Nothing is lost: what is not worked stays, listed with its reason. */
export const webhookDeliveryMachine = {
  waiting: {
    work: { to: 'worked', by: ['clock'], at: 'nextAttemptAt' },
    retry: { to: 'waiting', by: ['clock'], at: 'nextAttemptAt' },
    setAside: { to: 'set_aside', by: ['clock'], at: 'nextAttemptAt' },
  },
  worked: {},
  set_aside: {},
} as const satisfies StateMachine<
  WebhookDeliveryState,
  WebhookDeliveryEvent,
  WebhookDeliveryActor,
  'nextAttemptAt'
>;

export const webhookDeliveryStates = ['waiting', 'worked', 'set_aside'] as const;
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number];

export const webhookDeliveryEvents = ['work', 'retry', 'setAside'] as const;
export type WebhookDeliveryEvent = (typeof webhookDeliveryEvents)[number];

export const webhookDeliveryActors = ['provider', 'clock'] as const;
export type WebhookDeliveryActor = (typeof webhookDeliveryActors)[number];
