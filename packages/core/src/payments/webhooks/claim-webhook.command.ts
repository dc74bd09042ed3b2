import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { leaseDelivery } from './webhook-delivery.store.ts';

/** Takes a due delivery for one try, or answers null where somebody else has it. */
export const claimWebhook = command(
  'webhook.claim',
  async (tx, { deliveryId }: { deliveryId: string }, { now, policy }) => ({
    result: await leaseDelivery(tx, deliveryId, now, after(now, policy.askLeaseSeconds)),
  }),
);
