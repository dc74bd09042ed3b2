import type { Db, Tx } from '@errand-dash/db';

/** Puts these codes in the place of all that the person had. */
export async function replaceCodeHashes(
  tx: Tx,
  userId: string,
  codes: readonly { id: string; hash: Uint8Array }[],
  now: Date,
): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await tx
    .insertInto('recovery_codes')
    .values(
      codes.map(({ id, hash }) => ({
        id,
        user_id: userId,
        code_hash: hash,
        created_at: now,
        spent_at: null,
      })),
    )
    .execute();
}

/** Spends a code of this person's. False where there is none that is unspent; of several at once one gets it. */
export async function spendCodeHash(tx: Tx, userId: string, hash: Uint8Array, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('recovery_codes')
    .set({ spent_at: now })
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .where('spent_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Takes a person's unspent codes away. Answers how many. */
export async function voidRecoveryCodes(tx: Tx, userId: string): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('spent_at', 'is', null)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** How many codes a person has left. */
export async function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('spent_at', 'is', null)
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** By what a person without a passkey could come back. */
export interface RecoveryFactors {
  codesLeft: number;
  isPhoneVerified: boolean;
  isEmailVerified: boolean;
}

export async function findRecoveryFactors(db: Db, userId: string): Promise<RecoveryFactors> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select(['phone_verified_at', 'email_verified_at'])
    .executeTakeFirst();
  return {
    codesLeft: await countRecoveryCodes(db, userId),
    isPhoneVerified: (row?.phone_verified_at ?? null) !== null,
    isEmailVerified: (row?.email_verified_at ?? null) !== null,
  };
}

/** Whether a person without a passkey could come back: by a recovery code, or by phone and email together. */
export async function hasRecoveryFactor(db: Db, userId: string): Promise<boolean> {
  const { codesLeft, isPhoneVerified, isEmailVerified } = await findRecoveryFactors(db, userId);
  return codesLeft > 0 || (isPhoneVerified && isEmailVerified);
}
