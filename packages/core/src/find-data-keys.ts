import type { Db } from '@errand-dash/db';
import type { Core } from './core.ts';
import { type SealingKey, unwrapDataKey } from './sealing.ts';

/**
 * The data keys of these people by their ids, for what one person sealed and another may read.
 * Whoever has none any more is not in the map.
 */
export async function findDataKeys(
  db: Db,
  { keyring }: Pick<Core, 'keyring'>,
  userIds: readonly string[],
): Promise<Map<string, SealingKey>> {
  if (userIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('user_data_keys')
    .select(['user_id', 'wrapped_key'])
    .where('user_id', 'in', [...new Set(userIds)])
    .execute();
  return new Map(rows.map((row) => [row.user_id, unwrapDataKey(keyring, row.user_id, row.wrapped_key)]));
}
