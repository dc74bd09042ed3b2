import type { ListNotices } from '@errand-dash/contract';
import { z } from 'zod';
import { readCursor, writeCursor } from '../page-cursor.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { type Notice, selectNotices } from './notice.store.ts';

const place = z.tuple([z.int().min(1)]);

export interface NoticePage {
  notices: Notice[];
  nextCursor: string | null;
}

/** A page of what the person who asks was told, newest first. Refuses with `INPUT_INVALID`. */
export const listNotices = query(
  'notices.list',
  async (db, input: ListNotices, { viewer }): Promise<NoticePage> => {
    const { userId: recipientId } = orThrow(requireUser(viewer));
    const { unreadOnly, limit, cursor } = input;
    const beforeNumber = cursor === undefined ? null : orThrow(readCursor(place, cursor))[0];
    const found = await selectNotices(db, { recipientId, unreadOnly, beforeNumber, limit: limit + 1 });
    const notices = found.slice(0, limit);
    const last = found.length > limit ? notices.at(-1) : undefined;
    return { notices, nextCursor: last === undefined ? null : writeCursor([last.number]) };
  },
);
