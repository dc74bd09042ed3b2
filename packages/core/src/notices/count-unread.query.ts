import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { countUnreadOf } from './notice.store.ts';

/** How many notices the person who asks has not read. */
export const countUnread = query(
  'notices.countUnread',
  async (db, _input: Record<string, never>, { viewer }): Promise<{ count: number }> => {
    const { userId } = orThrow(requireUser(viewer));
    return { count: await countUnreadOf(db, userId) };
  },
);
