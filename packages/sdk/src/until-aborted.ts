import type { Around } from './call-link.ts';
import { errandDashError } from './errand-dash-error.ts';

export const callAborted = (cause: unknown) =>
  errandDashError('CALL_ABORTED', {}, { message: 'The call was aborted.', cause });

/** Gives the caller back at once when his signal says so, whatever the call waits for. */
export const untilAborted: Around = (op, send) => orAborted(op.signal, () => send(op));

/** What the work comes to, or `CALL_ABORTED` as soon as the signal says so. */
export function orAborted<T>(signal: AbortSignal | null | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work();
  return new Promise((resolve, reject) => {
    const abort = () => reject(callAborted(signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
