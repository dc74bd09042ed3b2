import type { Db } from '@errand-dash/db';

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
