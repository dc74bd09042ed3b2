import { z } from 'zod';

import { cursor, pageLimit } from './pages.ts';

/** Something that happened and that this person is told. */
export const notice = z.strictObject({
  /** Counts this person's notices from 1, without a gap. Also the place from which a live stream resumes. */
  number: z.int().min(1),
  /** The event's name, such as `errand.accepted`. */
  event: z.string(),
  /** The public id of what it is about. */
  subjectId: z.string(),
  /** A sentence for the person. */
  text: z.string(),
  occurredAt: z.date(),
  readAt: z.date().nullable(),
});
export type Notice = z.infer<typeof notice>;

/** Newest first. */
export const listNoticesIn = z
  .strictObject({ unreadOnly: z.boolean().default(false), limit: pageLimit, cursor: cursor.optional() })
  .default({ unreadOnly: false, limit: 20 });
export type ListNotices = z.output<typeof listNoticesIn>;
export const noticePage = z.strictObject({ notices: z.array(notice), nextCursor: z.string().nullable() });
export const unreadCount = z.strictObject({ count: z.int().min(0) });

export const markNoticeReadIn = z.strictObject({ number: z.int().min(1) });
/** All up to a number, so that what arrives meanwhile stays unread. */
export const markAllNoticesReadIn = z.strictObject({ upToNumber: z.int().min(1) });
export type MarkNoticesRead = z.output<typeof markNoticeReadIn> | z.output<typeof markAllNoticesReadIn>;

export const watchNoticesIn = z
  .strictObject({
    /**
     * Where to go on: the number of the last notice seen, or `0` for all of them. tRPC fills it in when a stream
     * resumes. Without it a stream begins with the oldest notice that is unread, so that nothing is missed.
     */
    lastEventId: z
      .string()
      .regex(/^\d{1,15}$/, { error: 'must be the number of a notice' })
      .nullish(),
    /** A random name that a client gives its stream, so that it takes its own place when it comes back. */
    streamId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/, { error: 'must be 16 to 64 of A-Z a-z 0-9 - _' })
      .optional(),
  })
  .default({});
export type WatchNotices = z.output<typeof watchNoticesIn>;
