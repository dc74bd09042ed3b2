import type { Currency, PayoutAccountState } from '@errand-dash/contract';
import type { Database, Db, Tx } from '@errand-dash/db';
import { type Selectable, sql } from 'kysely';
import { type DuePage, type DueRow, isBeyond } from '../../due-row.ts';
import { PROVIDER } from '../provider.ts';
import type { PayoutAccount } from './payout-account.rules.ts';

/** Writes a new account, unless the person has the same one already: then it is false. */
export async function insertPayoutAccount(tx: Tx, account: PayoutAccount): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('payout_accounts')
    .values({
      id: account.id,
      user_id: account.userId,
      approval_id: account.approvalId,
      state: account.state,
      currency: account.currency,
      provider: PROVIDER,
      bank_code: account.bankCode,
      bank_name: account.bankName,
      account_number_sealed: account.accountNumberSealed,
      account_number_index: account.accountNumberIndex,
      account_last_four: account.accountLastFour,
      account_name_sealed: account.accountNameSealed,
      recipient_code: account.recipientCode,
      created_at: account.createdAt,
      usable_at: account.usableAt,
      ended_at: account.endedAt,
      next_check_at: account.nextCheckAt,
      checks_made: account.checksMade,
      leased_until: null,
      reason: account.reason,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'account_number_index'])
        // Written out: which index is meant must be clear from the statement alone.
        .where(sql<boolean>`state in ('created', 'active')`)
        .doNothing(),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The account that a person has with this number at this bank, if it is not refused or removed. */
export async function findOwnPayoutAccount(
  db: Db,
  userId: string,
  accountNumberIndex: Uint8Array,
): Promise<PayoutAccount | null> {
  const row = await db
    .selectFrom('payout_accounts')
    .selectAll()
    .where('user_id', '=', userId)
    .where('account_number_index', '=', accountNumberIndex)
    .where('state', 'in', ['created', 'active'])
    .executeTakeFirst();
  return row === undefined ? null : payoutAccountOf(row);
}

export async function findPayoutAccount(db: Db, id: string): Promise<PayoutAccount | null> {
  const row = await db.selectFrom('payout_accounts').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : payoutAccountOf(row);
}

export async function lockPayoutAccount(tx: Tx, id: string): Promise<PayoutAccount | null> {
  const row = await tx
    .selectFrom('payout_accounts')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : payoutAccountOf(row);
}

/** What whoever asks bank and provider needs beside the account. */
export interface PayoutAccountToAsk {
  account: PayoutAccount;
  leasedUntil: Date | null;
  wrappedKey: Uint8Array | null;
}

/** As {@link lockPayoutAccount}, with until when somebody asks the provider about it, and its owner's key. */
export async function lockPayoutAccountToAsk(tx: Tx, id: string): Promise<PayoutAccountToAsk | null> {
  const row = await tx
    .selectFrom('payout_accounts')
    .leftJoin('user_data_keys', 'user_data_keys.user_id', 'payout_accounts.user_id')
    .selectAll('payout_accounts')
    .select('user_data_keys.wrapped_key')
    .where('payout_accounts.id', '=', id)
    .forUpdate('payout_accounts')
    .executeTakeFirst();
  if (row === undefined) return null;
  return { account: payoutAccountOf(row), leasedUntil: row.leased_until, wrappedKey: row.wrapped_key };
}

/** Keeps others from asking until then, and moves the schedule on. */
export async function leasePayoutAccount(
  tx: Tx,
  id: string,
  lease: { leasedUntil: Date; nextCheckAt: Date; checksMade: number },
): Promise<void> {
  await tx
    .updateTable('payout_accounts')
    .set({ leased_until: lease.leasedUntil, next_check_at: lease.nextCheckAt, checks_made: lease.checksMade })
    .where('id', '=', id)
    .execute();
}

export async function savePayoutAccount(tx: Tx, account: PayoutAccount): Promise<void> {
  await tx
    .updateTable('payout_accounts')
    .set({
      state: account.state,
      bank_name: account.bankName,
      account_name_sealed: account.accountNameSealed,
      recipient_code: account.recipientCode,
      ended_at: account.endedAt,
      next_check_at: account.nextCheckAt,
      reason: account.reason,
    })
    .where('id', '=', account.id)
    .execute();
}

/** The accounts about which the bank should be asked now, the longest due first. */
export async function dueForAccountCheck(db: Db, now: Date, { limit, after }: DuePage): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('payout_accounts')
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

/** What a person added and has not removed, and the bank has not refused; the oldest first. */
export async function listOpenPayoutAccounts(db: Db, userId: string): Promise<PayoutAccount[]> {
  const rows = await db
    .selectFrom('payout_accounts')
    .selectAll()
    .where('user_id', '=', userId)
    .where('state', 'in', ['created', 'active'])
    .orderBy('id')
    .execute();
  return rows.map(payoutAccountOf);
}

function payoutAccountOf(row: Selectable<Database['payout_accounts']>): PayoutAccount {
  return {
    id: row.id,
    userId: row.user_id,
    approvalId: row.approval_id,
    state: row.state as PayoutAccountState,
    currency: row.currency as Currency,
    bankCode: row.bank_code,
    bankName: row.bank_name,
    accountNumberSealed: row.account_number_sealed,
    accountNumberIndex: row.account_number_index,
    accountLastFour: row.account_last_four,
    accountNameSealed: row.account_name_sealed,
    recipientCode: row.recipient_code,
    createdAt: row.created_at,
    usableAt: row.usable_at,
    endedAt: row.ended_at,
    nextCheckAt: row.next_check_at,
    checksMade: row.checks_made,
    reason: row.reason,
  };
}
