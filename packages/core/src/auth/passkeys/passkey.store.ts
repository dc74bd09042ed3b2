import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { CredentialDescriptor, Transport } from '../ceremonies/ceremony-options.rules.ts';
import type { KnownPasskey } from './verify-assertion.ts';
import type { VerifiedCredential } from './verify-registration.ts';

export interface NewPasskey {
  id: string;
  userId: string;
  name: string;
  credential: VerifiedCredential;
  createdAt: Date;
}

export async function savePasskey(tx: Tx, passkey: NewPasskey): Promise<void> {
  const { credential } = passkey;
  await tx
    .insertInto('passkeys')
    .values({
      id: passkey.id,
      user_id: passkey.userId,
      credential_id: credential.credentialId,
      public_key: credential.publicKey,
      algorithm: credential.algorithm,
      counter: BigInt(credential.counter),
      is_backup_eligible: credential.isBackupEligible,
      is_backed_up: credential.isBackedUp,
      transports: credential.transports,
      name: passkey.name,
      created_at: passkey.createdAt,
      last_used_at: null,
    })
    .execute();
}

/**
 * Whether nobody has or had a credential of this id. The answer holds until the end of the transaction: others who ask
 * for the same id wait.
 */
export async function isCredentialIdFree(tx: Tx, credentialId: Uint8Array): Promise<boolean> {
  const id = Buffer.from(credentialId);
  await sql`select pg_advisory_xact_lock(hashtextextended(${`passkey ${id.toString('hex')}`}, 0))`.execute(
    tx,
  );
  const row = await tx.selectFrom('passkeys').select('id').where('credential_id', '=', id).executeTakeFirst();
  return row === undefined;
}

/** The passkeys of the person with this handle, as the options of a sign-in name them. */
export async function findPasskeysByHandle(
  db: Db,
  handle: string,
): Promise<{ passkeyId: string; userId: string; descriptor: CredentialDescriptor }[]> {
  const rows = await db
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.user_id')
    .where('users.handle', '=', handle)
    .where('passkeys.removed_at', 'is', null)
    .orderBy('passkeys.id')
    .select(['passkeys.id', 'passkeys.user_id', 'passkeys.credential_id', 'passkeys.transports'])
    .execute();
  return rows.map((row) => ({ passkeyId: row.id, userId: row.user_id, descriptor: descriptorOf(row) }));
}

/** The passkeys of a person, as the options of a ceremony name them. */
export async function findPasskeysByUser(
  db: Db,
  userId: string,
): Promise<{ passkeyId: string; descriptor: CredentialDescriptor }[]> {
  const rows = await db
    .selectFrom('passkeys')
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .select(['id', 'credential_id', 'transports'])
    .execute();
  return rows.map((row) => ({ passkeyId: row.id, descriptor: descriptorOf(row) }));
}

/** One of a person's own passkeys, with nothing of its keys. */
export interface OwnPasskey {
  passkeyId: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  isBackedUp: boolean;
  transports: Transport[];
}

const ownColumns = [
  'id as passkeyId',
  'name',
  'created_at as createdAt',
  'last_used_at as lastUsedAt',
  'is_backed_up as isBackedUp',
  'transports',
] as const;

const ownPasskeyOf = (
  row: Omit<OwnPasskey, 'transports'> & { transports: readonly string[] },
): OwnPasskey => ({
  ...row,
  transports: row.transports as Transport[],
});

/** A person's passkeys as he sees them, oldest first. */
export async function findOwnPasskeys(db: Db, userId: string): Promise<OwnPasskey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .select(ownColumns)
    .execute();
  return rows.map(ownPasskeyOf);
}

/** A passkey that this person has or had. */
export async function findOwnPasskey(
  db: Db,
  userId: string,
  passkeyId: string,
): Promise<{ passkeyId: string } | null> {
  const row = await db
    .selectFrom('passkeys')
    .where('id', '=', passkeyId)
    .where('user_id', '=', userId)
    .select('id as passkeyId')
    .executeTakeFirst();
  return row ?? null;
}

/** Whether a person has a passkey, or had one: a removed one keeps its row. */
export async function hasHadPasskey(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('passkeys')
    .where('user_id', '=', userId)
    .select('id')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The passkey with which a session was signed in. */
export async function findSessionPasskey(db: Db, sessionId: string): Promise<string | null> {
  const row = await db
    .selectFrom('sessions')
    .where('id', '=', sessionId)
    .select('passkey_id')
    .executeTakeFirst();
  return row?.passkey_id ?? null;
}

/** Gives a passkey of this person's another name. Null when he has no such passkey. */
export async function savePasskeyName(
  tx: Tx,
  userId: string,
  passkeyId: string,
  name: string,
): Promise<OwnPasskey | null> {
  const row = await tx
    .updateTable('passkeys')
    .set({ name })
    .where('id', '=', passkeyId)
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .returning(ownColumns)
    .executeTakeFirst();
  return row === undefined ? null : ownPasskeyOf(row);
}

/** The ids of a person's passkeys, locked until the end, so that two removals at once do not leave him none. */
export async function lockPasskeys(tx: Tx, userId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('passkeys')
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .select('id')
    .forUpdate()
    .execute();
  return rows.map(({ id }) => id);
}

export async function savePasskeyRemoved(tx: Tx, passkeyId: string, now: Date): Promise<void> {
  await tx.updateTable('passkeys').set({ removed_at: now }).where('id', '=', passkeyId).execute();
}

const descriptorOf = (row: {
  credential_id: Uint8Array;
  transports: readonly string[];
}): CredentialDescriptor => ({
  id: Buffer.from(row.credential_id).toString('base64url'),
  type: 'public-key',
  transports: row.transports as Transport[],
});

export interface StoredPasskey extends KnownPasskey {
  passkeyId: string;
  suspendedAt: Date | null;
}

/** The passkey of this credential id, whoever's it is; null where it was removed. */
export async function findPasskeyByCredentialId(db: Db, credentialId: string): Promise<StoredPasskey | null> {
  const row = await db
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.user_id')
    .where('passkeys.credential_id', '=', Buffer.from(credentialId, 'base64url'))
    .where('passkeys.removed_at', 'is', null)
    .select([
      'passkeys.id as passkeyId',
      'passkeys.user_id as userId',
      'passkeys.credential_id as credentialId',
      'passkeys.public_key as publicKey',
      'passkeys.counter',
      'passkeys.is_backup_eligible as isBackupEligible',
      'users.suspended_at as suspendedAt',
    ])
    .executeTakeFirst();
  return row === undefined ? null : { ...row, counter: Number(row.counter) };
}

/**
 * Keeps the counter of an assertion if it is ahead of the stored one, or both are 0. Of two assertions with the
 * same counter at once one wins; the other is told false, and so is one whose passkey was removed meanwhile.
 */
export async function advanceCounter(
  tx: Tx,
  passkeyId: string,
  used: { counter: number; isBackedUp: boolean; now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('passkeys')
    .set({ counter: BigInt(used.counter), is_backed_up: used.isBackedUp, last_used_at: used.now })
    .where('id', '=', passkeyId)
    .where('removed_at', 'is', null)
    .where((row) =>
      row.or([
        row('counter', '<', BigInt(used.counter)),
        row.and([row('counter', '=', 0n), row.val(used.counter === 0)]),
      ]),
    )
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** A passkey as it is on record, also one that was removed: its credential id is never taken again. */
export interface RecordedPasskey {
  passkeyId: string;
  userId: string;
  publicKey: Uint8Array;
  createdAt: Date;
  removedAt: Date | null;
}

export async function findRecordedPasskey(db: Db, credentialId: Uint8Array): Promise<RecordedPasskey | null> {
  const row = await db
    .selectFrom('passkeys')
    .where('credential_id', '=', Buffer.from(credentialId))
    .select([
      'id as passkeyId',
      'user_id as userId',
      'public_key as publicKey',
      'created_at as createdAt',
      'removed_at as removedAt',
    ])
    .executeTakeFirst();
  return row ?? null;
}
