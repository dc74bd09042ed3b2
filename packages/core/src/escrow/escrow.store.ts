import type { Currency, EscrowState } from '@errand-dash/contract';
import { type Database, type Db, insertionOf, type Tx, updateOf } from '@errand-dash/db';
import type { CompiledQuery, Selectable } from 'kysely';
import { orThrow, refuse } from '../refusal.ts';
import type { Escrow } from './escrow.rules.ts';

/** The escrow, locked to the end of the transaction. Refuses with `OBJECT_NOT_FOUND`. */
export async function lockEscrow(tx: Tx, escrowId: string): Promise<Escrow> {
  const row = await tx
    .selectFrom('escrows')
    .selectAll()
    .where('id', '=', escrowId)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? orThrow(refuse('OBJECT_NOT_FOUND', {})) : escrowOf(row);
}

export async function findEscrow(db: Db, escrowId: string): Promise<Escrow | null> {
  const row = await db.selectFrom('escrows').selectAll().where('id', '=', escrowId).executeTakeFirst();
  return row === undefined ? null : escrowOf(row);
}

/** The two sides of these escrows, by their ids. */
export async function findEscrowParties(
  db: Db,
  escrowIds: readonly string[],
): Promise<Map<string, { payerId: string; payeeId: string | null }>> {
  if (escrowIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('escrows')
    .select(['id', 'payer_id as payerId', 'payee_id as payeeId'])
    .where('id', 'in', [...new Set(escrowIds)])
    .execute();
  return new Map(rows.map(({ id, ...parties }) => [id, parties]));
}

/** The ids of all escrows between two people, whoever of them pays. */
export async function listEscrowsBetween(db: Db, one: string, other: string): Promise<string[]> {
  const rows = await db
    .selectFrom('escrows')
    .select('id')
    .where((row) =>
      row.or([row.and({ payer_id: one, payee_id: other }), row.and({ payer_id: other, payee_id: one })]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** The escrows of a payer that were open at an instant. */
export async function listEscrowsOpenAt(
  db: Db,
  payerId: string,
  instant: Date,
): Promise<{ escrowId: string; currency: Currency }[]> {
  const rows = await db
    .selectFrom('escrows')
    .select(['id', 'currency'])
    .where('payer_id', '=', payerId)
    .where('created_at', '<=', instant)
    .where((row) => row.or([row('ended_at', 'is', null), row('ended_at', '>', instant)]))
    .execute();
  return rows.map((row) => ({ escrowId: row.id, currency: row.currency as Currency }));
}

export function insertionOfEscrow(escrow: Escrow): CompiledQuery {
  return insertionOf('escrows', {
    id: escrow.escrowId,
    state: escrow.state,
    currency: escrow.currency,
    amount_minor: escrow.amountMinor,
    parts_released_minor: escrow.partsReleasedMinor,
    parts_fee_minor: escrow.partsFeeMinor,
    payer_id: escrow.payerId,
    payee_id: escrow.payeeId,
    cause_type: escrow.cause.type,
    cause_id: escrow.cause.id,
    created_at: escrow.createdAt,
    ended_at: escrow.endedAt,
  });
}

/** Saves what can change in an escrow's life. */
export function updateOfEscrow(escrow: Escrow): CompiledQuery {
  return updateOf('escrows', escrow.escrowId, {
    state: escrow.state,
    parts_released_minor: escrow.partsReleasedMinor,
    parts_fee_minor: escrow.partsFeeMinor,
    payee_id: escrow.payeeId,
    ended_at: escrow.endedAt,
  });
}

function escrowOf(row: Selectable<Database['escrows']>): Escrow {
  return {
    escrowId: row.id,
    state: row.state as EscrowState,
    currency: row.currency as Currency,
    amountMinor: row.amount_minor,
    partsReleasedMinor: row.parts_released_minor,
    partsFeeMinor: row.parts_fee_minor,
    payerId: row.payer_id,
    payeeId: row.payee_id,
    cause: { type: 'errand', id: row.cause_id },
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}
