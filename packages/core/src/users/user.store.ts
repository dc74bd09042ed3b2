import { type Role, roles } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { Core } from '../core.ts';
import {
  blindIndex,
  type Keyring,
  makeDataKey,
  open,
  type SealedPlace,
  seal,
  unwrapDataKey,
} from '../sealing.ts';
import { maskPhone } from './phone-number.rules.ts';

/** A person's own account, with what only he may see. */
export interface Me {
  userId: string;
  handle: string;
  displayName: string;
  phone: { masked: string; verifiedAt: Date } | null;
  roles: Role[];
  createdAt: Date;
}

/** Creates a person with a data key of his own. False when the handle is taken, and nothing was written. */
export async function createUser(
  tx: Tx,
  core: Pick<Core, 'keyring' | 'random'>,
  person: { userId: string; handle: string; displayName: string; now: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('users')
    .values({
      id: person.userId,
      handle: person.handle,
      display_name: person.displayName,
      phone_sealed: null,
      phone_index: null,
      phone_verified_at: null,
      suspended_at: null,
      created_at: person.now,
    })
    .onConflict((conflict) => conflict.column('handle').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  const { wrappedKey, wrappingKeyId } = makeDataKey(core.keyring, person.userId, core.random);
  await tx
    .insertInto('user_data_keys')
    .values({
      user_id: person.userId,
      wrapped_key: wrappedKey,
      wrapping_key_id: wrappingKeyId,
      created_at: person.now,
    })
    .execute();
  return true;
}

/** A person's own account. Throws when there is no such person. */
export async function getPerson(db: Db, keyring: Keyring, userId: string): Promise<Me> {
  const row = await db
    .selectFrom('users')
    .innerJoin('user_data_keys', 'user_data_keys.user_id', 'users.id')
    .where('users.id', '=', userId)
    .select([
      'handle',
      'display_name',
      'phone_sealed',
      'phone_verified_at',
      'users.created_at',
      'wrapped_key',
    ])
    .select(sql<string[]>`array(select role from user_roles where user_id = users.id)`.as('roles'))
    .executeTakeFirstOrThrow();
  return {
    userId,
    handle: row.handle,
    displayName: row.display_name,
    phone: openPhone(keyring, userId, row),
    roles: roles.filter((role) => row.roles.includes(role)),
    createdAt: row.created_at,
  };
}

function openPhone(
  keyring: Keyring,
  userId: string,
  row: { phone_sealed: Uint8Array | null; phone_verified_at: Date | null; wrapped_key: Uint8Array },
): Me['phone'] {
  if (row.phone_sealed === null || row.phone_verified_at === null) return null;
  const key = unwrapDataKey(keyring, userId, row.wrapped_key);
  const phone = open([key], phonePlace(userId), row.phone_sealed).toString('utf8');
  return { masked: maskPhone(phone), verifiedAt: row.phone_verified_at };
}

const phonePlace = (userId: string): SealedPlace => ({ table: 'users', row: userId, column: 'phone_sealed' });

/** Whether a person without a passkey could come back: by a verified email and a verified phone together. */
export async function hasRecoveryFactor(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select(['email_verified_at', 'phone_verified_at'])
    .executeTakeFirstOrThrow();
  return row.email_verified_at !== null && row.phone_verified_at !== null;
}

/** What a phone is found by. */
export const phoneIndex = (keyring: Keyring, phone: string): Buffer =>
  blindIndex(keyring, 'users.phone_index', phone);

/**
 * Gives a person a verified phone. False when another person has it. Call it under {@link lockPhone}, or the
 * unique index fails the transaction where two do this at once.
 */
export async function savePhone(
  tx: Tx,
  context: { core: Core; dataKey: () => { id: string; key: Uint8Array }; now: Date },
  userId: string,
  phone: string,
): Promise<boolean> {
  const index = phoneIndex(context.core.keyring, phone);
  const { numUpdatedRows } = await tx
    .updateTable('users')
    .set({
      phone_sealed: seal(context.dataKey(), phonePlace(userId), phone, context.core.random),
      phone_index: index,
      phone_verified_at: context.now,
    })
    .where('id', '=', userId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('users as other')
            .where('other.phone_index', '=', index)
            .where('other.id', '<>', userId)
            .select('other.id'),
        ),
      ),
    )
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Makes others who work on the same phone wait until the end of the transaction. */
export async function lockPhone(tx: Tx, index: Uint8Array): Promise<void> {
  const name = `phone ${Buffer.from(index).toString('hex')}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}
