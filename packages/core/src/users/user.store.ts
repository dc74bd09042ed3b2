import { type Role, roles } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { Core } from '../core.ts';
import type { Channel } from '../messages/index.ts';
import { type Keyring, makeDataKey, type SealingKey, unwrapDataKey } from '../sealing.ts';
import { contactForms } from './verification/contact.rules.ts';
import { openContact } from './verification/contact.store.ts';

/** A person's own account, with what only he may see. */
export interface Me {
  userId: string;
  handle: string;
  displayName: string;
  phone: VerifiedContact | null;
  email: VerifiedContact | null;
  roles: Role[];
  createdAt: Date;
}

/** A verified way to reach a person, as he is shown it. */
export interface VerifiedContact {
  masked: string;
  verifiedAt: Date;
}

/** In the place of a person who is not there, so that the same is looked up and computed as for one who is. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

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
export const getPerson = async (db: Db, keyring: Keyring, userId: string): Promise<Me> =>
  (await getPersonWithKey(db, keyring, userId)).person;

/** As {@link getPerson}, with the key that opened it. */
export async function getPersonWithKey(
  db: Db,
  keyring: Keyring,
  userId: string,
): Promise<{ person: Me; dataKey: SealingKey }> {
  const row = await db
    .selectFrom('users')
    .innerJoin('user_data_keys', 'user_data_keys.user_id', 'users.id')
    .where('users.id', '=', userId)
    .select([
      'handle',
      'display_name',
      'phone_sealed',
      'phone_verified_at',
      'email_sealed',
      'email_verified_at',
      'users.created_at',
      'wrapped_key',
    ])
    .select(sql<string[]>`array(select role from user_roles where user_id = users.id)`.as('roles'))
    .executeTakeFirstOrThrow();
  return personWithKeyOf(keyring, userId, row);
}

/** A person and his data key as they are stored. */
export interface PersonRow {
  handle: string;
  display_name: string;
  phone_sealed: Uint8Array | null;
  phone_verified_at: Date | null;
  email_sealed: Uint8Array | null;
  email_verified_at: Date | null;
  created_at: Date;
  wrapped_key: Uint8Array;
  roles: readonly string[];
}

/** What {@link getPersonWithKey} answers, of a row that was read together with something else. */
export function personWithKeyOf(
  keyring: Keyring,
  userId: string,
  row: PersonRow,
): { person: Me; dataKey: SealingKey } {
  const dataKey = unwrapDataKey(keyring, userId, row.wrapped_key);
  const shown = (channel: Channel, sealed: Uint8Array | null, verifiedAt: Date | null) => {
    const contact = openContact(dataKey, userId, channel, sealed);
    return contact === null || verifiedAt === null
      ? null
      : { masked: contactForms[channel].mask(contact), verifiedAt };
  };
  const person = {
    userId,
    handle: row.handle,
    displayName: row.display_name,
    phone: shown('phone', row.phone_sealed, row.phone_verified_at),
    email: shown('email', row.email_sealed, row.email_verified_at),
    roles: roles.filter((role) => row.roles.includes(role)),
    createdAt: row.created_at,
  };
  return { person, dataKey };
}

/** The instant before which no money of a person's leaves, or null. */
export async function findMoneyOutFrom(db: Db, userId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select('money_out_from')
    .executeTakeFirst();
  return row?.money_out_from ?? null;
}

/** A time in which no money of a person's leaves and the ways into his account stay as they are. */
export interface Cooling {
  since: Date;
  until: Date;
}

/** The cooling of a person's account that lasts at this time, or null. */
export async function findCooling(db: Db, userId: string, now: Date): Promise<Cooling | null> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .where('money_out_from', '>', now)
    .select(['cooling_since as since', 'money_out_from as until'])
    .executeTakeFirst();
  if (row === undefined || row.until === null) return null;
  return { since: row.since ?? now, until: row.until };
}

/**
 * Lets an account cool from now until an instant. One that cools already cools on, as long as the longer of both. Who is
 * in the time that he has for changing his contacts after an undone recovery has it whole after that.
 */
export async function saveCooling(
  tx: Tx,
  userId: string,
  { now, until, contactAgeSeconds }: { now: Date; until: Date; contactAgeSeconds: number },
): Promise<void> {
  await tx
    .updateTable('users')
    .set({
      cooling_since: sql<Date>`case when money_out_from > ${now} then coalesce(cooling_since, ${now}::timestamptz)
        else ${now}::timestamptz end`,
      money_out_from: sql<Date>`greatest(money_out_from, ${until}::timestamptz)`,
      contacts_count_from: sql<Date | null>`case
        when contacts_count_from + make_interval(secs => ${contactAgeSeconds}) > ${now}::timestamptz
        then greatest(contacts_count_from, money_out_from, ${until}::timestamptz) else contacts_count_from end`,
    })
    .where('id', '=', userId)
    .execute();
}
