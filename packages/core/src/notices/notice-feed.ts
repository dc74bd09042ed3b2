import type { WatchNotices } from '@errand-dash/contract';
import { findLiveStandings } from '../auth/index.ts';
import type { Call } from '../claim.ts';
import type { Core } from '../core.ts';
import { query } from '../query.ts';
import { type Refusal, Refused, refuse } from '../refusal.ts';
import { clockCall } from '../sweep.ts';
import { type Notice, selectNoticesAfter } from './notice.store.ts';
import { openNoticeStream } from './open-notice-stream.query.ts';

/** The live notices of one process: one look at the database for everybody who watches. */
export interface NoticeFeed {
  /**
   * The notices of the person who asks, from a place on and then as they come, each once and none left out, until
   * the signal. Refuses with `STREAM_LIMIT_REACHED`, with `SERVICE_BUSY`, with `INPUT_INVALID` a place that the
   * person has not come to, and ends with `SESSION_ENDED` or `USER_SUSPENDED` soon after the right is lost.
   */
  watch: (call: Call, input: WatchNotices, signal: AbortSignal) => AsyncGenerator<Notice, void>;
}

interface Watcher {
  userId: string;
  sessionId: string;
  streamId: string | null;
  /** The number of the last notice that was handed out. */
  number: number;
  /** Set while whoever watches is ready for more. */
  waiting: PromiseWithResolvers<Notice[]> | null;
  end: 'left' | Refusal | null;
}

/** How many notices a stream is handed at a time. */
const PAGE = 100;

export function createNoticeFeed(core: Core): NoticeFeed {
  const watchers = new Set<Watcher>();
  const startLooking = looker(core, watchers);

  return {
    async *watch(call, input, signal) {
      const opened = await openNoticeStream(core, call, input);
      const watcher: Watcher = { ...opened, streamId: input.streamId ?? null, waiting: null, end: null };
      admit(core, watchers, watcher);
      const leave = () => endWatching(watcher, 'left');
      signal.addEventListener('abort', leave);
      if (signal.aborted) leave();
      try {
        while (watcher.end === null) {
          watcher.waiting = Promise.withResolvers();
          startLooking();
          for (const notice of await watcher.waiting.promise) {
            if (watcher.end === null) yield notice;
          }
        }
        if (watcher.end !== 'left') throw new Refused(watcher.end);
      } finally {
        watchers.delete(watcher);
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

function admit({ policy: { live } }: Core, watchers: Set<Watcher>, newcomer: Watcher): void {
  const own = [...watchers].filter(({ userId }) => userId === newcomer.userId);
  // It came back, so that whatever of it is still here speaks to nobody.
  const former = own.filter(({ streamId }) => streamId !== null && streamId === newcomer.streamId);
  if (own.length - former.length >= live.streamsPerUserMax) {
    throw new Refused(refuse('STREAM_LIMIT_REACHED', { max: live.streamsPerUserMax, retryAfterSeconds: 5 }));
  }
  if (watchers.size - former.length >= live.streamsMax) {
    throw new Refused(refuse('SERVICE_BUSY', { retryAfterSeconds: 5 }));
  }
  for (const watcher of former) {
    watchers.delete(watcher);
    endWatching(watcher, 'left');
  }
  watchers.add(newcomer);
}

function endWatching(watcher: Watcher, end: 'left' | Refusal): void {
  watcher.end ??= end;
  watcher.waiting?.resolve([]);
  watcher.waiting = null;
}

/** Looks again and again for as long as anybody watches. The answer starts it, unless it runs. */
function looker(core: Core, watchers: ReadonlySet<Watcher>): () => void {
  let isLooking = false;
  let hasFailed = false;
  const lookOnce = async () => {
    try {
      await look(core, [...watchers]);
      hasFailed = false;
    } catch (error) {
      // Nobody loses anything by it: each stream goes on from its place once the database is back.
      const kind = error instanceof Error ? error.name : typeof error;
      if (!hasFailed) core.log('warn', 'live notices could not be read', { error: kind });
      hasFailed = true;
    }
  };
  const lookOn = async () => {
    while (watchers.size > 0) {
      await lookOnce();
      await new Promise((resolve) => setTimeout(resolve, core.policy.live.pollMilliseconds));
    }
    isLooking = false;
  };
  return () => {
    if (isLooking) return;
    isLooking = true;
    void lookOn();
  };
}

async function look(core: Core, watchers: readonly Watcher[]): Promise<void> {
  const waiting = watchers.filter((watcher) => watcher.waiting !== null);
  const sessionIds = watchers.map(({ sessionId }) => sessionId);
  const places = waiting.map(({ userId, number }) => ({ recipientId: userId, number }));
  const { live, pages } = await readFeed(core, clockCall('notices.watch'), { sessionIds, places });
  for (const watcher of watchers) {
    const session = live.get(watcher.sessionId);
    if (session === undefined) endWatching(watcher, refuse('SESSION_ENDED', {}));
    else if (session.isSuspended) endWatching(watcher, refuse('USER_SUSPENDED', {}));
  }
  for (const [index, watcher] of waiting.entries()) {
    const page = pages[index] ?? [];
    const last = page.at(-1);
    if (last === undefined || watcher.waiting === null) continue;
    watcher.number = last.number;
    watcher.waiting.resolve(page);
    watcher.waiting = null;
  }
}

/** Which of the sessions still live, and what is new for each place. */
const readFeed = query(
  'notices.watch',
  async (
    db,
    given: { sessionIds: readonly string[]; places: readonly { recipientId: string; number: number }[] },
    { now },
  ) => {
    const live = await findLiveStandings(db, given.sessionIds, now);
    return { live, pages: await selectNoticesAfter(db, given.places, PAGE) };
  },
);
