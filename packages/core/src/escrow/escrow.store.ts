import type { Currency, EscrowState } from '@errand-dash/contract';
import type { Database, Db, Tx } from '@errand-dash/db';
import type { Selectable } from 'kysely';
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

export async function insertEscrow(tx: Tx, escrow: Escrow): Promise<void> {
  await tx
    .insertInto('escrows')
    .values({
      id: escrow.escrowId,
      state: escrow.state,
      currency: escrow.currency,
      amount_minor: escrow.amountMinor,
      payer_id: escrow.payerId,
      payee_id: escrow.payeeId,
      cause_type: escrow.cause.type,
      cause_id: escrow.cause.id,
      created_at: escrow.createdAt,
      ended_at: escrow.endedAt,
    })
    .execute();
}

/** Saves what can change in an escrow's life. */
export async function saveEscrow(tx: Tx, escrow: Escrow): Promise<void> {
  await tx
    .updateTable('escrows')
    .set({ state: escrow.state, payee_id: escrow.payeeId, ended_at: escrow.endedAt })
    .where('id', '=', escrow.escrowId)
    .execute();
}

function escrowOf(row: Selectable<Database['escrows']>): Escrow {
  return {
    escrowId: row.id,
    state: row.state as EscrowState,
    currency: row.currency as Currency,
    amountMinor: row.amount_minor,
    payerId: row.payer_id,
    payeeId: row.payee_id,
    cause: { type: 'errand', id: row.cause_id },
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}
