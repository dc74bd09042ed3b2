import type { Draft } from '../books/books.ts';
import type { DeliveryRecord } from '../books/records.ts';
import { concerns, takeFaults, type WebhookFault, webhookFaultSchema } from '../faults/fault-plan.ts';
import type { SandboxContext } from '../sandbox-context.ts';

export interface Webhook {
  readonly event: string;
  readonly reference: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Puts a webhook into the queue, in the commit of what it tells of, so that none is lost to a crash in
 * between. Every fault of the plan that matches is laid over it.
 */
export function enqueueWebhook(context: SandboxContext, draft: Draft, webhook: Webhook): void {
  const faults = takeFaults(
    draft,
    webhookFaultSchema,
    (fault) =>
      concerns(fault, webhook.reference) && (fault.event === undefined || fault.event === webhook.event),
  );
  const now = context.now().toISOString();
  const delivery = {
    event: webhook.event,
    reference: webhook.reference,
    body: bodyOf(webhook, faults),
    signature: find(faults, 'webhook_signature')?.signature ?? 'valid',
    state: stateOf(context, faults),
    attempts: 0,
    nextAttemptAt: now,
    lastStatus: null,
    createdAt: now,
  } as const satisfies Omit<DeliveryRecord, 'id'>;
  const arrivals = find(faults, 'webhook_duplicate')?.arrivals ?? 1;
  for (let arrival = 0; arrival < arrivals; arrival += 1) {
    const id = draft.nextId();
    draft.put('delivery', id, { id, ...delivery });
    if (delivery.state === 'waiting') {
      draft.put('dueDelivery', id, true);
    }
  }
}

function stateOf(context: SandboxContext, faults: readonly WebhookFault[]): 'waiting' | 'held' | 'dropped' {
  if (context.webhookUrl === null || find(faults, 'webhook_drop') !== undefined) {
    return 'dropped';
  }
  return find(faults, 'webhook_hold') === undefined ? 'waiting' : 'held';
}

function bodyOf(webhook: Webhook, faults: readonly WebhookFault[]): string {
  const domain = find(faults, 'webhook_domain')?.domain;
  const data = domain === undefined ? webhook.data : { ...webhook.data, domain };
  const body = { event: webhook.event, data };
  return find(faults, 'webhook_spacing') === undefined
    ? JSON.stringify(body)
    : `\n ${JSON.stringify(body, null, 3).replaceAll('/', '\\/')}\r\n`;
}

function find<Kind extends WebhookFault['kind']>(faults: readonly WebhookFault[], kind: Kind) {
  return faults.find((fault): fault is Extract<WebhookFault, { kind: Kind }> => fault.kind === kind);
}
