import type { Db, Tx } from '@errand-dash/db';
import { CompiledQuery, sql } from 'kysely';
import type { PersonRow } from '../../users/index.ts';
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

/** A passkey as the options of a ceremony name it. */
export interface ShownPasskey {
  passkeyId: string;
  descriptor: CredentialDescriptor;
}

/** The passkeys of the person with this handle. */
export async function findPasskeysByHandle(db: Db, handle: string): Promise<ShownPasskey[]> {
  const asked = CompiledQuery.raw(passkeysByHandle, [handle]) as CompiledQuery<ShownRow>;
  const { rows } = await db.executeQuery(asked);
  return rows.map((row) => ({ passkeyId: row.id, descriptor: descriptorOf(row) }));
}

interface ShownRow {
  id: string;
  credential_id: Uint8Array;
  transports: readonly string[];
}

// Written out, as below, because to build a statement of a sign-in anew each time costs as much as to send it.
const passkeysByHandle = `select p.id, p.credential_id, p.transports
  from users u join passkeys p on p.user_id = u.id and p.removed_at is null
  where u.handle = $1
  order by p.id`;

/** The passkeys of a person. */
export async function findPasskeysByUser(db: Db, userId: string): Promise<ShownPasskey[]> {
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
  // In the order that browsers give and decoys have: another would be that of a person who exists.
  transports: (row.transports as Transport[]).toSorted(),
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

/** A passkey with whoever has it and his data key. */
export interface Signer extends StoredPasskey {
  /** What opening the account needs. */
  account: PersonRow;
}

/** As {@link findPasskeyByCredentialId}, with the person's account. */
export async function findSigner(db: Db, credentialId: string): Promise<Signer | null> {
  const id = Buffer.from(credentialId, 'base64url');
  const { rows } = await db.executeQuery(CompiledQuery.raw(signer, [id]) as CompiledQuery<SignerRow>);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    passkeyId: row.passkey_id,
    userId: row.user_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: Number(row.counter),
    isBackupEligible: row.is_backup_eligible,
    suspendedAt: row.suspended_at,
    account: row,
  };
}

interface SignerRow extends PersonRow {
  passkey_id: string;
  user_id: string;
  credential_id: Uint8Array;
  public_key: Uint8Array;
  counter: bigint;
  is_backup_eligible: boolean;
  suspended_at: Date | null;
}

const signer = `select p.id as passkey_id, p.user_id, p.credential_id, p.public_key, p.counter, p.is_backup_eligible,
    u.suspended_at, u.handle, u.display_name, u.phone_sealed, u.phone_verified_at, u.email_sealed, u.email_verified_at,
    u.created_at, k.wrapped_key, array(select r.role from user_roles r where r.user_id = u.id) as roles
  from passkeys p
  join users u on u.id = p.user_id
  join user_data_keys k on k.user_id = p.user_id
  where p.credential_id = $1 and p.removed_at is null`;

/**
 * The statement that keeps the counter of an assertion, where the passkey is still as it was when the counter was found
 * to be ahead. Where another assertion came first or the passkey was removed it fails like a serialization failure, so
 * that a command looks at everything anew.
 */
export const counterAdvance = (
  passkey: Pick<StoredPasskey, 'passkeyId' | 'counter'>,
  used: { counter: number; isBackedUp: boolean; now: Date },
): CompiledQuery =>
  CompiledQuery.raw(advance, [passkey.passkeyId, used.counter, used.isBackedUp, used.now, passkey.counter]);

const advance = `with advanced as (
    update passkeys set counter = $2, is_backed_up = $3, last_used_at = $4
      where id = $1 and removed_at is null and counter = $5
      returning id)
  select refuse_stale_read() where not exists (select from advanced)`;

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
