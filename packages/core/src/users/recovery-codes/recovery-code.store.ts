import type { Db, Tx } from '@errand-dash/db';
import type { Policy } from '../../policy.ts';
import { findContactAges } from '../verification/contact.store.ts';
import { decideContactsRecoverFrom } from '../verification/contact-age.rules.ts';

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
  /** From when phone and email together bring him back; null where he lacks one. */
  contactsRecoverFrom: Date | null;
}

export async function findRecoveryFactors(
  db: Db,
  userId: string,
  policy: Pick<Policy['recovery'], 'contactAgeSeconds'>,
): Promise<RecoveryFactors> {
  const contacts = await findContactAges(db, userId);
  return {
    codesLeft: await countRecoveryCodes(db, userId),
    isPhoneVerified: contacts.phoneVerifiedAt !== null,
    isEmailVerified: contacts.emailVerifiedAt !== null,
    contactsRecoverFrom: decideContactsRecoverFrom(contacts, policy),
  };
}

/** Whether a person without a passkey could come back now: by a recovery code, or by phone and email together. */
export const canRecover = (
  { codesLeft, contactsRecoverFrom }: Pick<RecoveryFactors, 'codesLeft' | 'contactsRecoverFrom'>,
  now: Date,
): boolean => codesLeft > 0 || (contactsRecoverFrom !== null && contactsRecoverFrom <= now);

/** Whether phone and email together bring a person back now. Both must have been his for a while. */
export async function canRecoverByContacts(
  db: Db,
  userId: string,
  { now, policy }: { now: Date; policy: Policy },
): Promise<boolean> {
  const recoverFrom = decideContactsRecoverFrom(await findContactAges(db, userId), policy.recovery);
  return recoverFrom !== null && recoverFrom <= now;
}

/** As {@link canRecover}, looked up. */
export const hasRecoveryFactor = async (
  db: Db,
  userId: string,
  { now, policy }: { now: Date; policy: Policy },
): Promise<boolean> => canRecover(await findRecoveryFactors(db, userId, policy.recovery), now);
