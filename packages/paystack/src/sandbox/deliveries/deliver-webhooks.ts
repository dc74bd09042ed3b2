import type { DeliveryRecord } from '../books/records.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { webhookSignature } from './webhook-signature.ts';

export interface WebhookCourier {
  /** Starts every attempt that is due and says when those are over. */
  deliverDue(): Promise<void>;
  /** Attempts at once what waits for an object, and says when that is over. */
  deliverFor(reference: string): Promise<void>;
  /** Attempts one at once, although it may not be due. */
  deliver(id: number): Promise<void>;
  isBusy(): boolean;
  /** Breaks off what is under way; it stays in the queue. */
  stop(): Promise<void>;
}

const CONCURRENT_MAX = 20;
const FINISHED_MAX = 5_000;

/** Brings the queue's webhooks to the receiver until it answers 200, as Paystack does. */
export function createWebhookCourier(context: SandboxContext): WebhookCourier {
  const underWay = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const start = (id: string): Promise<void> => {
    const running = underWay.get(id);
    if (running !== undefined) {
      return running;
    }
    const started = attempt(context, id, stopping.signal).finally(() => underWay.delete(id));
    underWay.set(id, started);
    return started;
  };
  const waiting = (isDue: (delivery: DeliveryRecord) => boolean): string[] =>
    context.books.keys('dueDelivery').filter((id) => {
      const delivery = context.books.get('delivery', id);
      return delivery !== undefined && isDue(delivery);
    });
  return {
    deliverDue: async () => {
      const now = context.now().toISOString();
      const due = waiting((delivery) => delivery.nextAttemptAt <= now).filter((id) => !underWay.has(id));
      const free = Math.max(0, CONCURRENT_MAX - underWay.size);
      await Promise.all(stopping.signal.aborted ? [] : due.slice(0, free).map(start));
    },
    deliverFor: async (reference) => {
      await Promise.all(waiting((delivery) => delivery.reference === reference).map(start));
    },
    deliver: (id) => start(String(id)),
    isBusy: () => underWay.size > 0,
    stop: async () => {
      stopping.abort();
      await Promise.all(underWay.values());
    },
  };
}

/** One attempt. What it came to is in the books before it counts as over. */
async function attempt(context: SandboxContext, id: string, stopping: AbortSignal): Promise<void> {
  const delivery = context.books.get('delivery', id);
  if (delivery === undefined || context.webhookUrl === null) {
    return;
  }
  const lastStatus = await send(context, context.webhookUrl, delivery, stopping);
  if (stopping.aborted && lastStatus === null) {
    return;
  }
  context.books.commit((draft) => {
    const attempts = delivery.attempts + 1;
    const isDelivered = lastStatus === 200;
    const waitSeconds = secondsUntilRetry(attempts);
    const isOver = isDelivered || waitSeconds === null;
    const nextAttemptAt = new Date(
      context.now().getTime() + (waitSeconds ?? 0) * 1_000 * context.retryScale,
    ).toISOString();
    const state = isDelivered ? 'delivered' : isOver ? 'given_up' : 'waiting';
    draft.put('delivery', id, { ...delivery, attempts, lastStatus, nextAttemptAt, state });
    if (isOver) {
      draft.remove('dueDelivery', id);
    }
  });
  forgetOldest(context);
}

async function send(
  context: SandboxContext,
  webhookUrl: string,
  delivery: DeliveryRecord,
  stopping: AbortSignal,
): Promise<number | null> {
  const signature = webhookSignature(context.secretKey, delivery.body, delivery.signature);
  try {
    const response = await fetch(webhookUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(signature === null ? {} : { 'x-paystack-signature': signature }),
      },
      body: delivery.body,
      redirect: 'manual',
      signal: AbortSignal.any([
        stopping,
        AbortSignal.timeout(Math.ceil(context.webhookTimeoutSeconds * 1_000)),
      ]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}

/**
 * Live webhooks come every 3 minutes for the first 4 tries, then hourly for 72 hours; null after the
 * last. Counted, not timed, so that a clock moved by a day does not use the tries up.
 */
function secondsUntilRetry(attempts: number): number | null {
  if (attempts < 4) {
    return 180;
  }
  return attempts < 4 + 72 ? 3_600 : null;
}

/** Webhooks that are over are kept for the control port, but not without end. */
function forgetOldest(context: SandboxContext): void {
  const { books } = context;
  if (books.keys('delivery').length <= FINISHED_MAX + books.keys('dueDelivery').length) {
    return;
  }
  const oldest = books.all('delivery').find(({ state }) => state !== 'waiting' && state !== 'held');
  if (oldest !== undefined) {
    books.commit((draft) => draft.remove('delivery', oldest.id));
  }
}
