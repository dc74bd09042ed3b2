import { parseWebhookEvent, verifyWebhookSignature, type WebhookEvent } from '@errand-dash/paystack';
import { ceremony } from '../../command.ts';
import type { Core } from '../../core.ts';
import { type SealedPlace, seal } from '../../sealing.ts';
import { PROVIDER } from '../provider.ts';
import { providerCall } from '../provider-call.ts';
import { decideReception } from './webhook-delivery.rules.ts';
import { insertWebhookDelivery } from './webhook-delivery.store.ts';

export interface ReceiveWebhook {
  /** The body exactly as it came, at most a megabyte. */
  rawBody: Uint8Array;
  /** The one signature header. */
  signature: string | undefined;
}

export type Reception = { outcome: 'stored'; deliveryId: string } | { outcome: 'unauthorized' };

/**
 * Keeps a signed webhook, sealed, for the worker; answer 200 as soon as it returns `stored`. A body that nobody with
 * one of our keys signed is `unauthorized`, costs no row and is not parsed. Equal bodies are kept each for itself:
 * two equal refunds look the same, and what is safe comes from the state of what they are about.
 */
export async function receiveWebhook(core: Core, { rawBody, signature }: ReceiveWebhook): Promise<Reception> {
  const secrets = core.payments.webhookSecrets;
  if (!verifyWebhookSignature({ rawBody, signature, secrets })) return { outcome: 'unauthorized' };
  const event = parseWebhookEvent(rawBody);
  const deliveryId = await storeWebhook(core, providerCall(`webhook/${event?.event ?? 'malformed'}`), {
    rawBody,
    event,
  });
  return { outcome: 'stored', deliveryId };
}

/** The queue that is woken when a webhook has come. */
export const WEBHOOK_QUEUE = 'work-webhooks';

// Outside the key store: the provider gives its deliveries no name under which they could be told apart.
const storeWebhook = ceremony(
  'webhook.store',
  async (tx, { rawBody, event }: { rawBody: Uint8Array; event: WebhookEvent | null }, context) => {
    const { core, now } = context;
    const id = context.newId();
    const reception = decideReception(event, core.payments.mode);
    await insertWebhookDelivery(tx, {
      id,
      provider: PROVIDER,
      state: reception.state,
      reason: reception.state === 'set_aside' ? reception.reason : null,
      bodySealed: seal(core.keyring.wrapping[0], webhookPlace(id), rawBody, context.random),
      event: event?.event ?? null,
      domain: event?.domain ?? null,
      reference: event?.reference ?? null,
      objectId: event?.objectId ?? null,
      receivedAt: now,
    });
    return { result: id, wake: reception.state === 'waiting' ? [WEBHOOK_QUEUE] : [] };
  },
);

/** Where a stored body is sealed. */
export const webhookPlace = (deliveryId: string): SealedPlace => ({
  table: 'webhook_deliveries',
  row: deliveryId,
  column: 'body_sealed',
});
