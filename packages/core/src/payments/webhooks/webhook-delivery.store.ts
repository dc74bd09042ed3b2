import type { Db, Tx } from '@errand-dash/db';
import { type DuePage, type DueRow, isBeyond } from '../../due-row.ts';
import type { WebhookDeliveryState } from './webhook-delivery.machine.ts';
import { isWorkedEvent, type SetAsideReason, type WorkedEvent } from './webhook-delivery.rules.ts';

/** A signed message of the provider's, as it is stored. */
export interface NewWebhookDelivery {
  id: string;
  provider: string;
  state: WebhookDeliveryState;
  reason: SetAsideReason | null;
  bodySealed: Uint8Array;
  event: string | null;
  domain: string | null;
  reference: string | null;
  objectId: string | null;
  receivedAt: Date;
}

export async function insertWebhookDelivery(tx: Tx, delivery: NewWebhookDelivery): Promise<void> {
  await tx
    .insertInto('webhook_deliveries')
    .values({
      id: delivery.id,
      provider: delivery.provider,
      state: delivery.state,
      reason: delivery.reason,
      body_sealed: delivery.bodySealed,
      event: delivery.event,
      domain: delivery.domain,
      reference: delivery.reference,
      object_id: delivery.objectId,
      received_at: delivery.receivedAt,
      next_attempt_at: delivery.state === 'waiting' ? delivery.receivedAt : null,
      attempts: 0,
      worked_at: null,
    })
    .execute();
}

/** The deliveries to be tried now, the longest due first. */
export async function dueForAttempt(db: Db, now: Date, { limit, after }: DuePage): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .select(['id', 'next_attempt_at as at'])
    .where('next_attempt_at', '<=', now)
    .where(({ ref }) => isBeyond(ref('next_attempt_at'), after))
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

/** A delivery taken for one try. `attempts` is the fence: a later claim has a higher one. */
export interface ClaimedDelivery {
  id: string;
  event: WorkedEvent;
  reference: string;
  attempts: number;
}

/** Takes a due delivery until then, or answers null where somebody else has it. */
export async function leaseDelivery(
  tx: Tx,
  id: string,
  now: Date,
  until: Date,
): Promise<ClaimedDelivery | null> {
  const row = await tx
    .updateTable('webhook_deliveries')
    .set((update) => ({ next_attempt_at: until, attempts: update('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('next_attempt_at', '<=', now)
    .returning(['id', 'event', 'reference', 'attempts'])
    .executeTakeFirst();
  if (row === undefined || row.reference === null || !isWorkedEvent(row.event)) return null;
  return { ...row, event: row.event, reference: row.reference };
}

export interface DeliveryState {
  state: WebhookDeliveryState;
  reason: SetAsideReason | null;
  nextAttemptAt: Date | null;
  workedAt: Date | null;
}

/** Saves what a try came to, unless the delivery was taken again since. */
export async function saveDelivery(tx: Tx, claimed: ClaimedDelivery, saved: DeliveryState): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('webhook_deliveries')
    .set({
      state: saved.state,
      reason: saved.reason,
      next_attempt_at: saved.nextAttemptAt,
      worked_at: saved.workedAt,
    })
    .where('id', '=', claimed.id)
    .where('attempts', '=', claimed.attempts)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
