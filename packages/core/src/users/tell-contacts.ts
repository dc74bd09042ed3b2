import type { Tx } from '@errand-dash/db';
import type { CommandContext } from '../command.ts';
import { findDataKeys } from '../find-data-keys.ts';
import { type Channel, type NewMessage, queueMessage } from '../messages/index.ts';
import { findContacts } from './verification/contact.store.ts';

/** What is told, by each way that there is. */
export interface ToldByContacts extends Pick<NewMessage, 'kind' | 'expiresAt'> {
  textFor: (channel: Channel) => Pick<NewMessage, 'subject' | 'text'>;
}

/**
 * Tells a person by his verified phone and email address beside the notice, for who took an account reads its notices.
 * Wake `MESSAGES_QUEUE` after it.
 */
export async function tellContacts(
  tx: Tx,
  context: CommandContext,
  userId: string,
  { kind, expiresAt, textFor }: ToldByContacts,
): Promise<void> {
  const dataKey = (await findDataKeys(tx, context.core, [userId])).get(userId);
  if (dataKey === undefined) return;
  const contacts = await findContacts(tx, userId, dataKey);
  for (const channel of ['phone', 'email'] as const) {
    const to = contacts[channel];
    if (to === null) continue;
    await queueMessage(tx, context, { userId, dataKey, channel, kind, to, expiresAt, ...textFor(channel) });
  }
}
