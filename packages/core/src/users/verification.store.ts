import type { Db, Tx } from '@errand-dash/db';

export interface Verification {
  id: string;
  userId: string;
  purpose: 'verify_phone';
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

/** The phone that a verification of this person's was sent to, which never changes; or null. */
export async function findTargetIndex(db: Db, id: string, userId: string): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('verifications')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .select('target_index')
    .executeTakeFirst();
  return row?.target_index ?? null;
}

/** A verification of this person's, locked until the end, so that attempts at once are counted one by one. */
export async function lockVerification(tx: Tx, id: string, userId: string): Promise<Verification | null> {
  const row = await tx
    .selectFrom('verifications')
    .where('id', '=', id)
    .where('user_id', '=', userId)
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

/** When the last codes went to a target, newest first. */
export async function findSendTimes(db: Db, targetIndex: Uint8Array, limit: number): Promise<Date[]> {
  const rows = await db
    .selectFrom('verifications')
    .where('target_index', '=', targetIndex)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .select('created_at')
    .execute();
  return rows.map((row) => row.created_at);
}
