import { PgBoss } from 'pg-boss';
import { JOBS_SCHEMA } from './migrate-jobs.ts';

export type WakeUpOptions = {
  /** The application's login, by a direct connection where there is a pooler: it listens. */
  readonly url: string;
  /** Told what went wrong in the background. Nothing is lost by it: who works also looks by himself. */
  readonly onError: (error: Error) => void;
};

/** Sends wake-ups to whoever works a queue. */
export type WakeSender = {
  readonly start: () => Promise<void>;
  /** Says that a queue's rows should be looked at. Returns at once and never throws. */
  readonly wake: (queue: string) => void;
  /** Sends what is still to be sent and closes. What work that is just ending would wake after that, it wakes not. */
  readonly stop: () => Promise<void>;
};

/** Sends and receives wake-ups. */
export type WakeReceiver = WakeSender & {
  /** Calls the handler at each wake-up of the queue, one call at a time. */
  readonly onWake: (queue: string, handler: () => Promise<void>) => Promise<void>;
};

/** For a process that only says that there is work. */
export function createWakeSender(options: WakeUpOptions): WakeSender {
  const { start, wake, stop } = createWakeUps(options, { max: 1, useListenNotify: false, supervise: false });
  return { start, wake, stop };
}

/** For a process that works. */
export function createWakeReceiver(options: WakeUpOptions): WakeReceiver {
  return createWakeUps(options, { max: 2, useListenNotify: true, supervise: true });
}

/** The owner migrates and rebuilds indexes; the application has no right to. */
export const applicationRole = {
  migrate: false,
  reindex: false,
  monitorVacuum: false,
  schedule: false,
} as const;

/** How long wake-ups of the same queue are gathered into one job. */
const GATHER_MILLISECONDS = 5;

function createWakeUps(
  { url, onError }: WakeUpOptions,
  role: { max: number; useListenNotify: boolean; supervise: boolean },
): WakeReceiver {
  const boss = new PgBoss({
    ...role,
    connectionString: url,
    application_name: 'errand-dash-jobs',
    schema: JOBS_SCHEMA,
    ...applicationRole,
  });
  boss.on('error', onError);
  const gathered = new Set<string>();
  const sending = new Set<Promise<void>>();
  let isOver = false;
  const flush = () => {
    const queues = [...gathered];
    gathered.clear();
    for (const queue of queues) {
      // The queue takes one waiting job; another is refused with null, which is just as well.
      const sent = boss.send(queue, null).then(() => undefined, onError);
      sending.add(sent);
      void sent.finally(() => sending.delete(sent));
    }
  };
  return {
    start: async () => {
      await boss.start();
    },
    wake: (queue) => {
      if (isOver) return;
      if (gathered.size === 0) setTimeout(flush, GATHER_MILLISECONDS);
      gathered.add(queue);
    },
    onWake: async (queue, handler) => {
      await boss.work(queue, pollingOptions, handler);
    },
    stop: async () => {
      isOver = true;
      flush();
      await Promise.all(sending);
      await boss.stop({ graceful: true, timeout: 20_000 });
    },
  };
}

/** With NOTIFY a worker takes one batch a wake-up, so that the batch must hold whatever may have gathered. */
const pollingOptions = {
  batchSize: 50,
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 10,
} as const;
