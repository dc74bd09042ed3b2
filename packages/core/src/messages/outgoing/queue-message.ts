import type { Tx } from '@errand-dash/db';
import type { CommandContext } from '../../command.ts';
import { type SealedPlace, type SealingKey, seal } from '../../sealing.ts';
import type { Channel } from '../ports/message-port.ts';
import { insertMessage } from './outgoing-message.store.ts';

/** What a message says and to whom. */
export interface MessageContent {
  /** A number in E.164, or an email address. */
  to: string;
  subject: string | null;
  text: string;
}

export interface NewMessage extends MessageContent {
  userId: string;
  /** Of that person, whose message it is. */
  dataKey: SealingKey;
  channel: Channel;
  kind: string;
  expiresAt: Date;
}

/** The queue that is woken when there is a message to send. */
export const MESSAGES_QUEUE = 'send-messages';

/**
 * Writes a message in another module's command; it is sent after the commit by whoever {@link MESSAGES_QUEUE} wakes,
 * so that the command answers at once and alike, whether there is somebody to write to or not.
 */
export async function queueMessage(tx: Tx, context: CommandContext, message: NewMessage): Promise<void> {
  const { userId, channel, kind, dataKey, expiresAt, to, subject, text } = message;
  const id = context.newId();
  const content: MessageContent = { to, subject, text };
  await insertMessage(tx, {
    id,
    userId,
    channel,
    kind,
    state: 'queued',
    contentSealed: seal(dataKey, contentPlace(id), JSON.stringify(content), context.random),
    createdAt: context.now,
    expiresAt,
    nextAttemptAt: context.now,
    attempts: 0,
    leasedUntil: null,
    provider: null,
    providerMessageId: null,
    reason: null,
    endedAt: null,
  });
}

/** Where the content of a message is sealed. */
export const contentPlace = (id: string): SealedPlace => ({
  table: 'outgoing_messages',
  row: id,
  column: 'content_sealed',
});
