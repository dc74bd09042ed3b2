import type { Currency, WithdrawalState } from '@errand-dash/contract';
import type { Database, Db, Tx } from '@errand-dash/db';
import type { Selectable } from 'kysely';
import { type DuePage, type DueRow, isBeyond } from '../../due-row.ts';
import { PROVIDER } from '../provider.ts';
import type { KnownTransfer, Withdrawal } from './withdrawal.rules.ts';

export async function insertWithdrawal(tx: Tx, withdrawal: Withdrawal): Promise<void> {
  await tx
    .insertInto('withdrawals')
    .values({
      id: withdrawal.id,
      user_id: withdrawal.userId,
      payout_account_id: withdrawal.payoutAccountId,
      approval_id: withdrawal.approvalId,
      currency: withdrawal.currency,
      amount_minor: withdrawal.amountMinor,
      provider: PROVIDER,
      reference: withdrawal.reference,
      recipient_code: withdrawal.recipientCode,
      requested_at: withdrawal.requestedAt,
      leased_until: null,
      ...lifeColumns(withdrawal),
    })
    .execute();
}

/** Saves what can change in a withdrawal's life. Nobody has it on lease any more. */
export async function saveWithdrawal(tx: Tx, withdrawal: Withdrawal): Promise<void> {
  await tx
    .updateTable('withdrawals')
    .set({ ...lifeColumns(withdrawal), leased_until: null })
    .where('id', '=', withdrawal.id)
    .execute();
}

/** Saves a withdrawal that was taken for one exchange with the provider, and keeps others off until then. */
export async function leaseWithdrawal(tx: Tx, withdrawal: Withdrawal, leasedUntil: Date): Promise<void> {
  await tx
    .updateTable('withdrawals')
    .set({ ...lifeColumns(withdrawal), leased_until: leasedUntil })
    .where('id', '=', withdrawal.id)
    .execute();
}

const lifeColumns = (withdrawal: Withdrawal) => ({
  state: withdrawal.state,
  sent_at: withdrawal.sentAt,
  ended_at: withdrawal.endedAt,
  next_check_at: withdrawal.nextCheckAt,
  checks_made: withdrawal.checksMade,
  attempts: withdrawal.attempts,
  provider_object: withdrawal.transfer?.providerObject ?? null,
  provider_status: withdrawal.transfer?.status ?? null,
  fee_minor: withdrawal.transfer?.feeMinor ?? null,
  reason: withdrawal.reason,
  attention: withdrawal.attention,
});

export async function lockWithdrawal(tx: Tx, id: string): Promise<Withdrawal | null> {
  const row = await tx
    .selectFrom('withdrawals')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : withdrawalOf(row);
}

/** As {@link lockWithdrawal}, with until when somebody speaks with the provider about it. */
export async function lockWithdrawalToAsk(
  tx: Tx,
  id: string,
): Promise<{ withdrawal: Withdrawal; leasedUntil: Date | null } | null> {
  const row = await tx
    .selectFrom('withdrawals')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : { withdrawal: withdrawalOf(row), leasedUntil: row.leased_until };
}

export async function lockWithdrawalByReference(tx: Tx, reference: string): Promise<Withdrawal | null> {
  const row = await tx
    .selectFrom('withdrawals')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('reference', '=', reference)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : withdrawalOf(row);
}

export async function findWithdrawal(db: Db, id: string): Promise<Withdrawal | null> {
  const row = await db.selectFrom('withdrawals').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : withdrawalOf(row);
}

export async function findWithdrawalByReference(db: Db, reference: string): Promise<Withdrawal | null> {
  const row = await db
    .selectFrom('withdrawals')
    .selectAll()
    .where('provider', '=', PROVIDER)
    .where('reference', '=', reference)
    .executeTakeFirst();
  return row === undefined ? null : withdrawalOf(row);
}

/** The withdrawals that are to be sent, or asked about, now; the longest due first. */
export async function dueForProvider(
  db: Db,
  states: readonly WithdrawalState[],
  now: Date,
  { limit, after }: DuePage,
): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('withdrawals')
    .select(['id', 'next_check_at as at'])
    .where('state', 'in', states)
    .where('next_check_at', '<=', now)
    .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<=', now)]))
    .where(({ ref }) => isBeyond(ref('next_check_at'), after))
    .orderBy('next_check_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

/** A person's withdrawals, the newest first. */
export async function listWithdrawalsOf(
  db: Db,
  userId: string,
  page: { beforeId: string | null; limit: number },
): Promise<Withdrawal[]> {
  let select = db
    .selectFrom('withdrawals')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(page.limit);
  if (page.beforeId !== null) select = select.where('id', '<', page.beforeId);
  return (await select.execute()).map(withdrawalOf);
}

const open = ['requested', 'sending', 'sent'] as const satisfies WithdrawalState[];

/** What is on its way to a person's banks, by currency. */
export async function sumOnTheWay(db: Db, userId: string): Promise<Map<Currency, bigint>> {
  const rows = await db
    .selectFrom('withdrawals')
    .select((row) => ['currency', row.fn.sum<string>('amount_minor').as('sum_minor')])
    .where('user_id', '=', userId)
    .where('state', 'in', open)
    .groupBy('currency')
    .execute();
  return new Map(rows.map((row) => [row.currency as Currency, BigInt(row.sum_minor)]));
}

/** The withdrawals of a person whose money was set aside and not yet at its end at an instant. */
export async function listWithdrawalsOpenAt(
  db: Db,
  userId: string,
  instant: Date,
): Promise<{ withdrawalId: string; currency: Currency }[]> {
  const rows = await db
    .selectFrom('withdrawals')
    .select(['id', 'currency'])
    .where('user_id', '=', userId)
    .where('requested_at', '<=', instant)
    .where((row) => row.or([row('ended_at', 'is', null), row('ended_at', '>', instant)]))
    .execute();
  return rows.map((row) => ({ withdrawalId: row.id, currency: row.currency as Currency }));
}

/** What an operator should look at, the newest first: what says so, and what has been open since before that instant. */
export async function listTroubledWithdrawals(db: Db, openSince: Date, limit: number): Promise<Withdrawal[]> {
  const rows = await db
    .selectFrom('withdrawals')
    .selectAll()
    .where((row) =>
      row.or([
        row('attention', 'is not', null),
        row.and([row('state', 'in', open), row('requested_at', '<=', openSince)]),
      ]),
    )
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(withdrawalOf);
}

function withdrawalOf(row: Selectable<Database['withdrawals']>): Withdrawal {
  return {
    id: row.id,
    userId: row.user_id,
    payoutAccountId: row.payout_account_id,
    approvalId: row.approval_id,
    state: row.state as WithdrawalState,
    currency: row.currency as Currency,
    amountMinor: row.amount_minor,
    reference: row.reference,
    recipientCode: row.recipient_code,
    requestedAt: row.requested_at,
    sentAt: row.sent_at,
    endedAt: row.ended_at,
    nextCheckAt: row.next_check_at,
    checksMade: row.checks_made,
    attempts: row.attempts,
    transfer: transferOf(row),
    reason: row.reason,
    attention: row.attention,
  };
}

function transferOf(row: Selectable<Database['withdrawals']>): KnownTransfer | null {
  const { provider_object: providerObject, provider_status: status, fee_minor: feeMinor } = row;
  return providerObject === null || status === null || feeMinor === null
    ? null
    : { providerObject, status, feeMinor };
}
