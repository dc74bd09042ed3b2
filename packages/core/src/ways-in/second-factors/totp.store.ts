import type { Db, Tx } from '@errand-dash/db';

/** The authenticator app of a person. Until it is confirmed it is of no use. */
export interface TotpFactor {
  id: string;
  userId: string;
  secretSealed: Uint8Array;
  begunAt: Date;
  confirmedAt: Date | null;
  /** By how many wrong codes it was to be confirmed. */
  wrongTries: number;
}

/** Locked until the end, so that of several uses at once each sees the one before. */
export async function lockTotp(tx: Tx, userId: string): Promise<TotpFactor | null> {
  const row = await tx
    .selectFrom('totp_factors')
    .where('user_id', '=', userId)
    .select([
      'id',
      'user_id as userId',
      'secret_sealed as secretSealed',
      'begun_at as begunAt',
      'confirmed_at as confirmedAt',
      'wrong_tries as wrongTries',
    ])
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

export async function findTotpConfirmedAt(db: Db, userId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('totp_factors')
    .where('user_id', '=', userId)
    .select('confirmed_at')
    .executeTakeFirst();
  return row?.confirmed_at ?? null;
}

/** Keeps a secret that is not confirmed yet, in the place of another such one. False when one is confirmed. */
export async function saveBegunTotp(
  tx: Tx,
  factor: { id: string; userId: string; secretSealed: Uint8Array; begunAt: Date },
): Promise<boolean> {
  const { id, secretSealed, begunAt } = factor;
  const begun = { id, secret_sealed: secretSealed, begun_at: begunAt, wrong_tries: 0 };
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('totp_factors')
    .values({ ...begun, user_id: factor.userId, confirmed_at: null, last_step: null })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet(begun).where('totp_factors.confirmed_at', 'is', null),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function countWrongTotp(tx: Tx, userId: string): Promise<void> {
  await tx
    .updateTable('totp_factors')
    .set((row) => ({ wrong_tries: row('wrong_tries', '+', 1) }))
    .where('user_id', '=', userId)
    .execute();
}

export async function saveConfirmedTotp(tx: Tx, userId: string, step: bigint, now: Date): Promise<void> {
  await tx
    .updateTable('totp_factors')
    .set({ confirmed_at: now, last_step: step })
    .where('user_id', '=', userId)
    .execute();
}

/** Takes a step of time out of use, and all before it. False when it was: of two with one code one wins. */
export async function advanceTotpStep(tx: Tx, userId: string, step: bigint): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('totp_factors')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** False when there was none that is confirmed. */
export async function deleteTotp(tx: Tx, userId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('totp_factors')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
