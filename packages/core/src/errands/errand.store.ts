import type { Currency, ErrandState } from '@errand-dash/contract';
import { type Database, type Db, insertionOf, type Tx, updateOf } from '@errand-dash/db';
import type { CompiledQuery, Selectable } from 'kysely';
import { orThrow, refuse } from '../refusal.ts';
import type { Errand, ErrandTerms } from './errand.rules.ts';
import { coarseCellOf } from './listings/place.rules.ts';

/** The errand, locked to the end of the transaction. Refuses with `OBJECT_NOT_FOUND`. */
export async function lockErrand(tx: Tx, errandId: string): Promise<Errand> {
  const row = await tx
    .selectFrom('errands')
    .selectAll()
    .where('id', '=', errandId)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? orThrow(refuse('OBJECT_NOT_FOUND', {})) : errandOf(row);
}

export async function findErrand(db: Db, errandId: string): Promise<Errand | null> {
  const row = await db.selectFrom('errands').selectAll().where('id', '=', errandId).executeTakeFirst();
  return row === undefined ? null : errandOf(row);
}

export function insertionOfErrand(errand: Errand): CompiledQuery {
  return insertionOf('errands', {
    id: errand.errandId,
    escrow_id: errand.escrowId,
    kind: errand.kind,
    sender_id: errand.senderId,
    title: errand.title,
    description: errand.description,
    items: JSON.stringify(errand.items),
    currency: errand.currency,
    ...termColumns(errand.terms),
    fine_cell: errand.place.cell,
    coarse_cell: coarseCellOf(errand.place),
    cell_latitude: errand.place.latitude,
    cell_longitude: errand.place.longitude,
    deliver_to_sealed: errand.deliverToSealed,
    due_at: errand.dueAt,
    posted_at: errand.postedAt,
    expires_at: errand.expiresAt,
    lapses_at: errand.lapsesAt,
    ...lifeColumns(errand),
  });
}

/** Saves what can change in an errand's life. */
export const updateOfErrand = (errand: Errand): CompiledQuery =>
  updateOf('errands', errand.errandId, lifeColumns(errand));

const lifeColumns = (errand: Errand) => ({
  state: errand.state,
  version: errand.version,
  runner_id: errand.runnerId,
  goods_spent_minor: errand.goodsSpentMinor,
  receipt_sealed: errand.receiptSealed,
  accepted_at: errand.acceptedAt,
  started_at: errand.startedAt,
  completed_at: errand.completedAt,
  ended_at: errand.endedAt,
  reopens_at: errand.reopensAt,
  confirms_at: errand.confirmsAt,
});

const termColumns = (terms: ErrandTerms) => ({
  reward_minor: terms.rewardMinor,
  goods_budget_minor: terms.goodsBudgetMinor,
  commission_minor: terms.commissionMinor,
  late_cancellation_minor: terms.lateCancellationMinor,
  started_cancellation_minor: terms.startedCancellationMinor,
  free_cancellation_seconds: terms.freeCancellationSeconds,
  start_within_seconds: terms.startWithinSeconds,
  confirm_within_seconds: terms.confirmWithinSeconds,
});

type ErrandRow = Selectable<Database['errands']>;

export function errandOf(row: ErrandRow): Errand {
  return {
    errandId: row.id,
    escrowId: row.escrow_id,
    state: row.state as ErrandState,
    version: row.version,
    kind: 'buy_and_deliver',
    senderId: row.sender_id,
    runnerId: row.runner_id,
    title: row.title,
    description: row.description,
    items: row.items,
    currency: row.currency as Currency,
    terms: termsOf(row),
    place: { cell: row.fine_cell, latitude: row.cell_latitude, longitude: row.cell_longitude },
    goodsSpentMinor: row.goods_spent_minor,
    dueAt: row.due_at,
    postedAt: row.posted_at,
    acceptedAt: row.accepted_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    endedAt: row.ended_at,
    expiresAt: row.expires_at,
    reopensAt: row.reopens_at,
    lapsesAt: row.lapses_at,
    confirmsAt: row.confirms_at,
    deliverToSealed: row.deliver_to_sealed,
    receiptSealed: row.receipt_sealed,
  };
}

const termsOf = (row: ErrandRow): ErrandTerms => ({
  rewardMinor: row.reward_minor,
  goodsBudgetMinor: row.goods_budget_minor,
  commissionMinor: row.commission_minor,
  lateCancellationMinor: row.late_cancellation_minor,
  startedCancellationMinor: row.started_cancellation_minor,
  freeCancellationSeconds: row.free_cancellation_seconds,
  startWithinSeconds: row.start_within_seconds,
  confirmWithinSeconds: row.confirm_within_seconds,
});
