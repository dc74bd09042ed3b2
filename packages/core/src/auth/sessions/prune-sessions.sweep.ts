import { sql } from 'kysely';
import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';

/**
 * Forgets the refresh tokens of sessions that are over. While a session lives every one of its tokens is kept, since a
 * spent one that comes back must end it; afterwards an unknown token and a known one are refused alike.
 */
export const pruneSessions: Sweep = (core, limit) =>
  deleteTokens(core, clockCall('sessions.prune'), { limit });

const deleteTokens = command('sessions.prune', async (tx, { limit }: { limit: number }, { now }) => {
  const { rows } = await sql<{ id: string }>`
    select id from sessions
      where tokens_pruned_at is null and least(ended_at, idle_expires_at) <= ${now}
      order by least(ended_at, idle_expires_at) limit ${limit} for update skip locked`.execute(tx);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return { result: 0, isIdle: true };
  const some = tx
    .selectFrom('refresh_tokens')
    .where('session_id', 'in', ids)
    .orderBy('session_id')
    .select('token_hash')
    .limit(limit);
  const deleted = await tx.deleteFrom('refresh_tokens').where('token_hash', 'in', some).executeTakeFirst();
  const pruned = await tx
    .updateTable('sessions')
    .set({ tokens_pruned_at: now })
    .where('id', 'in', ids)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('refresh_tokens')
            .whereRef('session_id', '=', 'sessions.id')
            .select('refresh_tokens.number'),
        ),
      ),
    )
    .executeTakeFirst();
  return { result: Number(deleted.numDeletedRows) + Number(pruned.numUpdatedRows) };
});
