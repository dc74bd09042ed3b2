import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { CommandContext } from '../../command.ts';
import type { Channel } from '../../messages/index.ts';
import { blindIndex, type Keyring, open, type SealedPlace, type SealingKey, seal } from '../../sealing.ts';
import { contactForms } from './contact.rules.ts';
import type { ContactAges } from './contact-age.rules.ts';

/** What a phone or an email address is found by. Give it as it is written to. */
export const contactIndex = (keyring: Keyring, channel: Channel, contact: string): Buffer =>
  blindIndex(keyring, `users.${channel}_index`, contactForms[channel].canonical(contact));

/** Where a person's verified phone or email address is sealed. */
export const contactPlace = (userId: string, channel: Channel): SealedPlace => ({
  table: 'users',
  row: userId,
  column: `${channel}_sealed`,
});

/** Makes others who work on the same phone or address wait until the end of the transaction. */
export async function lockContact(tx: Tx, index: Uint8Array): Promise<void> {
  const name = `contact ${Buffer.from(index).toString('hex')}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}

/** Whose verified phone or email address this is, or null. */
export async function findContactOwner(db: Db, channel: Channel, index: Uint8Array): Promise<string | null> {
  const row = await db
    .selectFrom('users')
    .where(`${channel}_index`, '=', index)
    .select('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/**
 * Gives a person a verified phone or email address. False when another person has it. Call it under
 * {@link lockContact}, or the unique index fails the transaction where two do this at once.
 */
export async function saveContact(
  tx: Tx,
  context: Pick<CommandContext, 'core' | 'dataKey' | 'now'>,
  userId: string,
  channel: Channel,
  contact: string,
): Promise<boolean> {
  const index = contactIndex(context.core.keyring, channel, contact);
  const owner = await findContactOwner(tx, channel, index);
  if (owner !== null && owner !== userId) return false;
  const sealed = seal(context.dataKey(), contactPlace(userId, channel), contact, context.core.random);
  const { now } = context;
  const columns =
    channel === 'phone'
      ? { phone_sealed: sealed, phone_index: index, phone_verified_at: now }
      : { email_sealed: sealed, email_index: index, email_verified_at: now };
  await tx.updateTable('users').set(columns).where('id', '=', userId).execute();
  return true;
}

export async function findContactAges(db: Db, userId: string): Promise<ContactAges> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select([
      'phone_verified_at as phoneVerifiedAt',
      'email_verified_at as emailVerifiedAt',
      'contacts_count_from as countFrom',
    ])
    .executeTakeFirst();
  return row ?? { phoneVerifiedAt: null, emailVerifiedAt: null, countFrom: null };
}

/** Has the age of a person's phone and email address counted from this instant on. */
export async function saveContactsCountFrom(tx: Tx, userId: string, countFrom: Date): Promise<void> {
  await tx.updateTable('users').set({ contacts_count_from: countFrom }).where('id', '=', userId).execute();
}

/** A person's verified phone and email address, as they are written to; null where there is none. */
export async function findContacts(
  db: Db,
  userId: string,
  dataKey: SealingKey,
): Promise<Readonly<Record<Channel, string | null>>> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select(['phone_sealed', 'email_sealed'])
    .executeTakeFirst();
  return {
    phone: openContact(dataKey, userId, 'phone', row?.phone_sealed ?? null),
    email: openContact(dataKey, userId, 'email', row?.email_sealed ?? null),
  };
}

/** What is sealed as a person's phone or email address. */
export function openContact(
  dataKey: SealingKey,
  userId: string,
  channel: Channel,
  sealed: Uint8Array | null,
): string | null {
  if (sealed === null) return null;
  return open([dataKey], contactPlace(userId, channel), sealed).toString('utf8');
}
