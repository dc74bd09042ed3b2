import {
  listNoticesIn,
  markAllNoticesReadIn,
  markNoticeReadIn,
  noInput,
  noticePage,
  unreadCount,
} from '@errand-dash/contract';
import { countUnread, listNotices, markNoticesRead } from '@errand-dash/core';
import { presentNotice } from '../present/notices.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** What a person is told. */
export const noticesRouter = router({
  /** A page, newest first. */
  list: signedInProcedure
    .input(listNoticesIn)
    .output(noticePage)
    .query(async ({ ctx, input }) => {
      const { notices, nextCursor } = await listNotices(ctx.core, ctx.call, input);
      return { notices: notices.map(presentNotice), nextCursor };
    }),

  countUnread: signedInProcedure
    .input(noInput)
    .output(unreadCount)
    .query(({ ctx }) => countUnread(ctx.core, ctx.call, {})),

  /** Marks one notice. Answers how many are left. */
  markRead: signedInProcedure
    .input(markNoticeReadIn)
    .output(unreadCount)
    .mutation(({ ctx, input }) => markNoticesRead(ctx.core, ctx.call, input)),

  /** Marks all up to a number, so that what arrives meanwhile stays unread. Answers how many are left. */
  markAllRead: signedInProcedure
    .input(markAllNoticesReadIn)
    .output(unreadCount)
    .mutation(({ ctx, input }) => markNoticesRead(ctx.core, ctx.call, input)),
});
