import type { Db, Tx } from '@errand-dash/db';
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

/** A message, locked until the end; or null. */
export async function lockMessage(tx: Tx, id: string): Promise<OutgoingMessage | null> {
  const row = await tx
    .selectFrom('outgoing_messages')
    .where('id', '=', id)
    .select([
      'id',
      'user_id as userId',
      'channel',
      'kind',
      'state',
      'content_sealed as contentSealed',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'next_attempt_at as nextAttemptAt',
      'attempts',
      'leased_until as leasedUntil',
      'provider',
      'provider_message_id as providerMessageId',
      'reason',
      'ended_at as endedAt',
    ])
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/** The messages that are to be tried, or have come to their end, the most urgent first. */
export async function dueForSending(db: Db, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('outgoing_messages')
    .where('state', '=', 'queued')
    .where('next_attempt_at', '<=', now)
    .where((row) =>
      row.or([row('leased_until', 'is', null), row('leased_until', '<=', now), row('expires_at', '<=', now)]),
    )
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .select('id')
    .execute();
  return rows.map(({ id }) => id);
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
