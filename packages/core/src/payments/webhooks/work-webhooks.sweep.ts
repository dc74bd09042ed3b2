import type { Core } from '../../core.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workEach } from '../../sweep.ts';
import { claimWebhook } from './claim-webhook.command.ts';
import { confirmWebhook } from './confirm-webhook.ts';
import { finishWebhook } from './finish-webhook.command.ts';
import { dueForAttempt } from './webhook-delivery.store.ts';

/** Works the deliveries of the inbox: asks the provider about what each one is about, and believes only that. */
export const workWebhooks: Sweep = async (core, limit, isStopping) => {
  const due = await listDue(core, call, { limit });
  return workEach(core, call.requestId, due, (deliveryId) => workWebhook(core, deliveryId), isStopping);
};

const call = clockCall('webhook.work');

const listDue = query('webhook.dueForAttempt', (db, { limit }: { limit: number }, { now }) =>
  dueForAttempt(db, now, limit),
);

async function workWebhook(core: Core, deliveryId: string): Promise<RowOutcome> {
  const claimed = await claimWebhook(core, call, { deliveryId });
  if (claimed === null) return 'passed';
  const confirmation = await confirmWebhook(core, claimed.event, claimed.reference);
  await finishWebhook(core, call, { claimed, confirmation });
  return confirmation.outcome === 'unanswered' && confirmation.retryAfterSeconds !== null ? 'stop' : 'worked';
}
