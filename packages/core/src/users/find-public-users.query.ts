import type { Db } from '@errand-dash/db';
import type { Core } from '../core.ts';
import { type SealingKey, unwrapDataKey } from '../sealing.ts';

/** What one party of a deal sees of the other. */
export interface PublicUser {
  userId: string;
  handle: string;
  displayName: string;
}

/** The public faces of these people by their ids. Who does not exist is not in the map. */
export async function findPublicUsers(db: Db, ids: readonly string[]): Promise<Map<string, PublicUser>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('users')
    .select(['id as userId', 'handle', 'display_name as displayName'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.userId, row]));
}

/** As {@link findPublicUsers}, with the data key of each, or null where it was destroyed. */
export async function findPublicUsersWithKeys(
  db: Db,
  { keyring }: Pick<Core, 'keyring'>,
  ids: readonly string[],
): Promise<Map<string, { person: PublicUser; dataKey: SealingKey | null }>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('users')
    .leftJoin('user_data_keys', 'user_data_keys.user_id', 'users.id')
    .select(['id as userId', 'handle', 'display_name as displayName', 'wrapped_key as wrappedKey'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(
    rows.map(({ wrappedKey, ...person }) => {
      const dataKey = wrappedKey === null ? null : unwrapDataKey(keyring, person.userId, wrappedKey);
      return [person.userId, { person, dataKey }];
    }),
  );
}
