import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import { blindIndex, type Keyring } from '../../sealing.ts';
import { typedEmailIndex } from '../typed-email.ts';
import type { ProvenIdentity } from './identity-provider.ts';

/** An identity at a provider that may sign in to an account. */
export interface LinkedIdentity {
  id: string;
  userId: string;
  provider: string;
  linkedAt: Date;
  lastUsedAt: Date;
}

/** What an identity is found by. It is of the issuer, so that it outlives the provider's name in the settings. */
export const subjectIndex = (
  keyring: Keyring,
  { issuer, subject }: Pick<ProvenIdentity, 'issuer' | 'subject'>,
): Buffer => blindIndex(keyring, 'identities.subject_index', JSON.stringify([issuer, subject]));

/** Makes others who work on the same identity wait until the end of the transaction. */
export async function lockSubject(tx: Tx, index: Uint8Array): Promise<void> {
  const name = `identity ${Buffer.from(index).toString('hex')}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}

export async function findIdentityBySubject(db: Db, index: Uint8Array): Promise<LinkedIdentity | null> {
  const row = await db
    .selectFrom('identities')
    .where('subject_index', '=', index)
    .select(identityColumns)
    .executeTakeFirst();
  return row ?? null;
}

export const findIdentities = (db: Db, userId: string): Promise<LinkedIdentity[]> =>
  db
    .selectFrom('identities')
    .where('user_id', '=', userId)
    .orderBy('linked_at')
    .orderBy('id')
    .select(identityColumns)
    .execute();

const identityColumns = [
  'id',
  'user_id as userId',
  'provider',
  'linked_at as linkedAt',
  'last_used_at as lastUsedAt',
] as const;

/** Call it under {@link lockSubject}, and where nobody has the identity. */
export async function saveIdentity(
  tx: Tx,
  identity: { id: string; userId: string; provider: string; subjectIndex: Uint8Array; now: Date },
): Promise<void> {
  await tx
    .insertInto('identities')
    .values({
      id: identity.id,
      user_id: identity.userId,
      provider: identity.provider,
      subject_index: identity.subjectIndex,
      linked_at: identity.now,
      last_used_at: identity.now,
    })
    .execute();
}

/** False where it was taken away meanwhile. */
export async function saveIdentityUse(tx: Tx, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('identities')
    .set({ last_used_at: now })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** False when the person has no such identity. */
export async function deleteIdentity(tx: Tx, id: string, userId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('identities')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Whether somebody has verified this address as his. */
export async function isEmailVerifiedBySomebody(db: Db, keyring: Keyring, email: string): Promise<boolean> {
  const emailIndex = typedEmailIndex(keyring, email);
  if (emailIndex === null) return false;
  const row = await db
    .selectFrom('users')
    .where('email_index', '=', emailIndex)
    .where('email_verified_at', 'is not', null)
    .select('id')
    .executeTakeFirst();
  return row !== undefined;
}
