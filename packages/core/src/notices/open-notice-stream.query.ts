import type { WatchNotices } from '@errand-dash/contract';
import { query } from '../query.ts';
import { orThrow, refuse } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { findFirstUnread, findLastNumber } from './notice.store.ts';

/** Whose stream it is and after which notice it begins. */
export interface OpenedStream {
  userId: string;
  sessionId: string;
  number: number;
}

/**
 * Where a stream of the person's begins: where it was told to go on, or before the oldest unread notice.
 * Refuses with `INPUT_INVALID` a place that the person has not come to, which can only be another's.
 */
export const openNoticeStream = query(
  'notices.openStream',
  async (db, { lastEventId }: WatchNotices, { viewer }): Promise<OpenedStream> => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const lastNumber = await findLastNumber(db, userId);
    if (lastEventId === undefined || lastEventId === null) {
      const firstUnread = await findFirstUnread(db, userId);
      return { userId, sessionId, number: firstUnread === null ? lastNumber : firstUnread - 1 };
    }
    const number = Number(lastEventId);
    if (number > lastNumber) {
      const message = 'must be the number of a notice of this person';
      orThrow(refuse('INPUT_INVALID', { issues: [{ path: 'lastEventId', message }] }));
    }
    return { userId, sessionId, number };
  },
);
