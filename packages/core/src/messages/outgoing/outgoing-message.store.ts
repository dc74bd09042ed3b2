import type { Db, Tx } from '@errand-dash/db';
import { type DuePage, type DueRow, isBeyond } from '../../due-row.ts';
import type { OutgoingMessage } from './outgoing-message.rules.ts';

export async function insertMessage(tx: Tx, message: OutgoingMessage): Promise<void> {
  await tx
    .insertInto('outgoing_messages')
    .values({
      id: message.id,
      user_id: message.userId,
      channel: message.channel,
      kind: message.kind,
      created_at: message.createdAt,
      expires_at: message.expiresAt,
      ...changeable(message),
    })
    .execute();
}

export async function saveMessage(tx: Tx, message: OutgoingMessage): Promise<void> {
  await tx.updateTable('outgoing_messages').set(changeable(message)).where('id', '=', message.id).execute();
}

const changeable = (message: OutgoingMessage) => ({
  state: message.state,
  content_sealed: message.contentSealed,
  next_attempt_at: message.nextAttemptAt,
  attempts: message.attempts,
  leased_until: message.leasedUntil,
  provider: message.provider,
  provider_message_id: message.providerMessageId,
  reason: message.reason,
  ended_at: message.endedAt,
});

/** A message, locked until the end; or null. With what opens it, sealed as it is: null where that is gone. */
export async function lockMessage(
  tx: Tx,
  id: string,
): Promise<{ message: OutgoingMessage; wrappedKey: Uint8Array | null } | null> {
  const row = await tx
    .selectFrom('outgoing_messages')
    .leftJoin('user_data_keys', 'user_data_keys.user_id', 'outgoing_messages.user_id')
    .where('id', '=', id)
    .select([
      'id',
      'outgoing_messages.user_id as userId',
      'channel',
      'kind',
      'state',
      'content_sealed as contentSealed',
      'outgoing_messages.created_at as createdAt',
      'expires_at as expiresAt',
      'next_attempt_at as nextAttemptAt',
      'attempts',
      'leased_until as leasedUntil',
      'provider',
      'provider_message_id as providerMessageId',
      'reason',
      'ended_at as endedAt',
      'wrapped_key',
    ])
    .forUpdate('outgoing_messages')
    .executeTakeFirst();
  if (row === undefined) return null;
  const { wrapped_key: wrappedKey, ...message } = row;
  return { message, wrappedKey };
}

/** The messages that are to be tried, or have come to their end, the most urgent first. */
export async function dueForSending(db: Db, now: Date, { limit, after }: DuePage): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('outgoing_messages')
    .select(['id', 'next_attempt_at as at'])
    .where('state', '=', 'queued')
    .where('next_attempt_at', '<=', now)
    .where((row) =>
      row.or([row('leased_until', 'is', null), row('leased_until', '<=', now), row('expires_at', '<=', now)]),
    )
    .where(({ ref }) => isBeyond(ref('next_attempt_at'), after))
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

/** Forgets messages that ended before an instant, at most so many. Answers how many. */
export async function deleteEndedMessages(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('outgoing_messages')
    .select('id')
    .where('ended_at', '<=', before)
    .orderBy('ended_at')
    .limit(limit);
  const deleted = await tx.deleteFrom('outgoing_messages').where('id', 'in', past).executeTakeFirst();
  return Number(deleted.numDeletedRows);
}
