import type { Currency, TopUpState } from '@errand-dash/contract';
import type { Database, Db, Tx } from '@errand-dash/db';
import type { Selectable } from 'kysely';
import { type DuePage, type DueRow, isBeyond } from '../../due-row.ts';
import { PROVIDER } from '../provider.ts';
import type { TopUp } from './top-up.rules.ts';

/** Writes a new top-up, with the payer's address sealed for whoever opens the payment. */
export async function insertTopUp(tx: Tx, topUp: TopUp, emailSealed: Uint8Array): Promise<void> {
  const { id, userId, state, currency, amountMinor, reference, createdAt } = topUp;
  await tx
    .insertInto('top_ups')
    .values({
      id,
      user_id: userId,
      state,
      currency,
      amount_minor: amountMinor,
      provider: PROVIDER,
      reference,
      checkout_url: null,
      email_sealed: emailSealed,
      created_at: createdAt,
      ended_at: null,
      next_check_at: topUp.nextCheckAt,
      checks_made: 0,
      leased_until: null,
      provider_object: null,
      paid_minor: null,
      paid_currency: null,
      provider_fee_minor: null,
      reason: null,
    })
    .execute();
}

export async function lockTopUp(tx: Tx, id: string): Promise<TopUp | null> {
  const row = await tx.selectFrom('top_ups').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row === undefined ? null : topUpOf(row);
}

export async function lockTopUpByReference(tx: Tx, reference: string): Promise<TopUp | null> {
  const row = await tx
    .selectFrom('top_ups')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('reference', '=', reference)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : topUpOf(row);
}

export async function findTopUp(db: Db, id: string): Promise<TopUp | null> {
  const row = await db.selectFrom('top_ups').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : topUpOf(row);
}

export async function findTopUpByReference(db: Db, reference: string): Promise<TopUp | null> {
  const row = await db
    .selectFrom('top_ups')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('reference', '=', reference)
    .executeTakeFirst();
  return row === undefined ? null : topUpOf(row);
}

/** Saves what a change of state decided. The payer's address goes as soon as nobody has to open the payment. */
export async function saveTopUp(tx: Tx, topUp: TopUp): Promise<void> {
  await tx
    .updateTable('top_ups')
    .set({
      state: topUp.state,
      checkout_url: topUp.checkoutUrl,
      ended_at: topUp.endedAt,
      next_check_at: topUp.nextCheckAt,
      provider_object: topUp.payment?.providerObject ?? null,
      paid_minor: topUp.payment?.paidMinor ?? null,
      paid_currency: topUp.payment?.paidCurrency ?? null,
      provider_fee_minor: topUp.payment?.providerFeeMinor ?? null,
      reason: topUp.reason,
      ...(topUp.state === 'created' ? {} : { email_sealed: null }),
    })
    .where('id', '=', topUp.id)
    .execute();
}

/** What whoever asks the provider needs beside the top-up. */
export interface TopUpToAsk {
  topUp: TopUp;
  leasedUntil: Date | null;
  emailSealed: Uint8Array | null;
  wrappedKey: Uint8Array | null;
}

export async function lockTopUpToAsk(tx: Tx, id: string): Promise<TopUpToAsk | null> {
  const row = await tx
    .selectFrom('top_ups')
    .leftJoin('user_data_keys', 'user_data_keys.user_id', 'top_ups.user_id')
    .selectAll('top_ups')
    .select('user_data_keys.wrapped_key')
    .where('top_ups.id', '=', id)
    .forUpdate('top_ups')
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    topUp: topUpOf(row),
    leasedUntil: row.leased_until,
    emailSealed: row.email_sealed,
    wrappedKey: row.wrapped_key,
  };
}

/** Keeps others from asking until then, and moves the schedule on. */
export async function leaseTopUp(
  tx: Tx,
  id: string,
  lease: { leasedUntil: Date; nextCheckAt: Date | null; checksMade: number },
): Promise<void> {
  await tx
    .updateTable('top_ups')
    .set({ leased_until: lease.leasedUntil, next_check_at: lease.nextCheckAt, checks_made: lease.checksMade })
    .where('id', '=', id)
    .execute();
}

/** The top-ups about which the provider should be asked now, the longest due first. */
export async function dueForCheck(db: Db, now: Date, { limit, after }: DuePage): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('top_ups')
    .select(['id', 'next_check_at as at'])
    .where('next_check_at', '<=', now)
    .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<=', now)]))
    .where(({ ref }) => isBeyond(ref('next_check_at'), after))
    .orderBy('next_check_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

export function topUpOf(row: Selectable<Database['top_ups']>): TopUp {
  const { provider_object: providerObject, paid_minor: paidMinor, paid_currency: paidCurrency } = row;
  const isPaid = providerObject !== null && paidMinor !== null && paidCurrency !== null;
  return {
    id: row.id,
    userId: row.user_id,
    state: row.state as TopUpState,
    currency: row.currency as Currency,
    amountMinor: row.amount_minor,
    reference: row.reference,
    checkoutUrl: row.checkout_url,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    nextCheckAt: row.next_check_at,
    checksMade: row.checks_made,
    payment: isPaid
      ? { providerObject, paidMinor, paidCurrency, providerFeeMinor: row.provider_fee_minor ?? 0n }
      : null,
    reason: row.reason,
  };
}
