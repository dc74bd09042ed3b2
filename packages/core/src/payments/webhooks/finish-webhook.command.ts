import { command } from '../../command.ts';
import { orThrow } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { webhookDeliveryMachine } from './webhook-delivery.machine.ts';
import { decideTry, type WebhookAnswer } from './webhook-delivery.rules.ts';
import { type ClaimedDelivery, saveDelivery } from './webhook-delivery.store.ts';

export interface FinishWebhook {
  claimed: ClaimedDelivery;
  confirmation: WebhookAnswer;
}

/** Saves what a try came to. A worker that returns after its lease finds the delivery taken, and changes nothing. */
export const finishWebhook = command(
  'webhook.finish',
  async (tx, { claimed, confirmation }: FinishWebhook, { now, policy }) => {
    const change = decideTry(confirmation, claimed.attempts, now, policy.webhook);
    const state = orThrow(
      decideTransition(webhookDeliveryMachine, 'webhook', 'waiting', change.event, 'clock'),
    );
    const isSaved = await saveDelivery(tx, claimed, {
      state,
      reason: change.event === 'setAside' ? change.reason : null,
      nextAttemptAt: change.event === 'retry' ? change.nextAttemptAt : null,
      workedAt: change.event === 'work' ? now : null,
    });
    return { result: isSaved };
  },
);
