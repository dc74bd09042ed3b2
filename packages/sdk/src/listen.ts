import { readFailure } from './read-failure.ts';
import type { StreamOptions } from './router-types.ts';
import { callAborted } from './until-aborted.ts';

interface Observer {
  onData: (event: unknown) => void;
  onError: (failure: unknown) => void;
  onStopped: () => void;
  onComplete: () => void;
}

/** Begins a subscription. */
type Subscribe = (observer: Observer) => { unsubscribe: () => void };

/**
 * A subscription as something to loop over. It begins with the loop and ends with it; what comes while the loop is
 * busy waits its turn. Throws what ended the subscription, as an error of this SDK.
 */
export async function* listen(
  subscribe: Subscribe,
  { signal }: StreamOptions,
): AsyncGenerator<unknown, void, void> {
  if (signal?.aborted) throw callAborted(signal.reason);
  const heard: { waiting: unknown[]; isOver: boolean; failure: unknown } = {
    waiting: [],
    isOver: false,
    failure: null,
  };
  let wake = () => {};
  const end = (failure: unknown) => {
    if (!heard.isOver) Object.assign(heard, { isOver: true, failure });
    wake();
  };
  const abort = () => {
    heard.waiting = [];
    end(callAborted(signal?.reason));
  };
  signal?.addEventListener('abort', abort);
  const subscription = subscribe({
    onData: (event) => {
      heard.waiting.push(event);
      wake();
    },
    onError: (failure) => end(readFailure(failure)),
    onStopped: () => end(null),
    onComplete: () => end(null),
  });
  try {
    while (heard.waiting.length > 0 || !heard.isOver) {
      if (heard.waiting.length > 0) yield dataOf(heard.waiting.shift());
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (heard.failure !== null) throw heard.failure;
  } finally {
    signal?.removeEventListener('abort', abort);
    subscription.unsubscribe();
  }
}

/** Every event of a stream comes with the id after which the stream resumes. */
const dataOf = (event: unknown): unknown =>
  typeof event === 'object' && event !== null && 'data' in event ? event.data : event;
