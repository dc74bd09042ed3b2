import type { Around } from './call-link.ts';
import { errandDashError } from './errand-dash-error.ts';

export const callAborted = (cause: unknown) =>
  errandDashError('CALL_ABORTED', {}, { message: 'The call was aborted.', cause });

/** Gives the caller back at once when his signal says so, whatever the call waits for. */
export const untilAborted: Around = (op, send) => {
  const { signal } = op;
  if (!signal) return send(op);
  return new Promise((resolve, reject) => {
    const abort = () => reject(callAborted(signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    send(op)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
};
