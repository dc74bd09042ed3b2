import type { Core } from '../../core.ts';
import type { DuePage, DueRow } from '../../due-row.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../sweep.ts';
import { claimWebhook } from './claim-webhook.command.ts';
import { confirmWebhook } from './confirm-webhook.ts';
import { finishWebhook } from './finish-webhook.command.ts';
import { dueForAttempt } from './webhook-delivery.store.ts';

/** Works the deliveries of the inbox: asks the provider about what each one is about, and believes only that. */
export const workWebhooks: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => workWebhook(core, id);
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('webhook.work');

const listDue = query('webhook.dueForAttempt', (db, page: DuePage, { now }) => dueForAttempt(db, now, page));

async function workWebhook(core: Core, deliveryId: string): Promise<RowOutcome> {
  const claimed = await claimWebhook(core, call, { deliveryId });
  if (claimed === null) return 'passed';
  const confirmation = await confirmWebhook(core, claimed.event, claimed.reference);
  await finishWebhook(core, call, { claimed, confirmation });
  return confirmation.outcome === 'unanswered' && confirmation.retryAfterSeconds !== null ? 'stop' : 'worked';
}
