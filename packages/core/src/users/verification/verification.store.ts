import type { Db, Tx } from '@errand-dash/db';
import type { Channel } from '../../messages/index.ts';
import type { EarlierCode } from './verification.rules.ts';

export type VerificationPurpose = 'verify_phone' | 'verify_email';

export const purposeOf = (channel: Channel): VerificationPurpose => `verify_${channel}`;

export interface Verification {
  id: string;
  userId: string;
  purpose: VerificationPurpose;
  targetSealed: Uint8Array;
  targetIndex: Uint8Array;
  codeHash: Uint8Array;
  triesLeft: number;
  createdAt: Date;
  expiresAt: Date;
  spentAt: Date | null;
}

/** Saves a verification; those of the same person and purpose that were open end with it. */
export async function saveVerification(tx: Tx, verification: Verification): Promise<void> {
  await tx
    .updateTable('verifications')
    .set({ spent_at: verification.createdAt })
    .where('user_id', '=', verification.userId)
    .where('purpose', '=', verification.purpose)
    .where('spent_at', 'is', null)
    .execute();
  await tx
    .insertInto('verifications')
    .values({
      id: verification.id,
      user_id: verification.userId,
      purpose: verification.purpose,
      target_sealed: verification.targetSealed,
      target_index: verification.targetIndex,
      code_hash: verification.codeHash,
      tries_left: verification.triesLeft,
      created_at: verification.createdAt,
      expires_at: verification.expiresAt,
      spent_at: verification.spentAt,
    })
    .execute();
}

/** Which verification an attempt is about. One of another person or purpose is none. */
export interface VerificationKey {
  id: string;
  userId: string;
  purpose: VerificationPurpose;
}

/** What a verification was sent to, which never changes; or null. */
export async function findTargetIndex(db: Db, key: VerificationKey): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('verifications')
    .where('id', '=', key.id)
    .where('user_id', '=', key.userId)
    .where('purpose', '=', key.purpose)
    .select('target_index')
    .executeTakeFirst();
  return row?.target_index ?? null;
}

/** A verification, locked until the end, so that attempts at once are counted one by one. */
export async function lockVerification(tx: Tx, key: VerificationKey): Promise<Verification | null> {
  const row = await tx
    .selectFrom('verifications')
    .where('id', '=', key.id)
    .where('user_id', '=', key.userId)
    .where('purpose', '=', key.purpose)
    .select([
      'id',
      'user_id as userId',
      'purpose',
      'target_sealed as targetSealed',
      'target_index as targetIndex',
      'code_hash as codeHash',
      'tries_left as triesLeft',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'spent_at as spentAt',
    ])
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

export async function countWrongTry(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('verifications')
    .set((row) => ({ tries_left: row('tries_left', '-', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function spendVerification(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.updateTable('verifications').set({ spent_at: now }).where('id', '=', id).execute();
}

/** The last codes that went to a target, newest first, and who had asked for them. */
export async function findEarlierCodes(db: Db, targetIndex: Uint8Array, since: Date): Promise<EarlierCode[]> {
  return db
    .selectFrom('verifications')
    .where('target_index', '=', targetIndex)
    .where('created_at', '>', since)
    .orderBy('created_at', 'desc')
    .select(['user_id as userId', 'created_at as createdAt'])
    .execute();
}

/** Forgets verifications that ended before an instant, at most so many. Answers how many. */
export async function deletePastVerifications(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('verifications')
    .select('id')
    .where('expires_at', '<=', before)
    .orderBy('expires_at')
    .limit(limit);
  const deleted = await tx.deleteFrom('verifications').where('id', 'in', past).executeTakeFirst();
  return Number(deleted.numDeletedRows);
}
