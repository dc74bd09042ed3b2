export { countUnread } from './count-unread.query.ts';
export { deliverNotices } from './deliver-notices.sweep.ts';
export { listNotices, type NoticePage } from './list-notices.query.ts';
export { markNoticesRead } from './mark-notices-read.command.ts';
export type { Notice } from './notice.store.ts';
export { createNoticeFeed, type NoticeFeed } from './notice-feed.ts';
