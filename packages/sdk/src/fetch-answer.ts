import { errandDashError } from './errand-dash-error.ts';
import { callAborted } from './until-aborted.ts';

/** The `fetch` of the platform, or one that behaves so. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What tRPC's links read of an answer, and what errors tell of it. */
export interface Answer {
  ok: boolean;
  status: number;
  requestId: string | null;
  json: () => Promise<unknown>;
}

/**
 * One request, bounded in time until its last byte.
 * Throws `NETWORK_FAILED`, `CALL_ABORTED` and `ANSWER_UNREADABLE`.
 */
export async function fetchAnswer(
  fetch: Fetch,
  timeoutSeconds: number,
  url: string,
  init: RequestInit,
): Promise<Answer> {
  const controller = new AbortController();
  const { signal } = init;
  const abort = () => controller.abort();
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, timeoutSeconds * 1000);
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    return readAnswer(response, await response.text());
  } catch (cause) {
    if (isLate) {
      const message = `ErrandDash did not answer within ${timeoutSeconds} seconds.`;
      throw errandDashError('NETWORK_FAILED', { reason: 'timeout' }, { message, cause });
    }
    if (signal?.aborted) throw callAborted(cause);
    throw cause;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** What an answer says, once all of it is there. Throws `NETWORK_FAILED` and `ANSWER_UNREADABLE`. */
export function readAnswer(response: Response, text: string): Answer {
  const { ok, status, headers } = response;
  const requestId = headers.get('x-request-id');
  const contentType = headers.get('content-type');
  if (contentType?.includes('application/json')) {
    return { ok, status, requestId, json: async () => JSON.parse(text) };
  }
  if (status === 502 || status === 503 || status === 504) {
    const message = `A gateway before ErrandDash answered ${status}.`;
    throw errandDashError('NETWORK_FAILED', { reason: 'gateway' }, { message, status, requestId });
  }
  const message = `The answer (status ${status}) is not one of ErrandDash's.`;
  throw errandDashError('ANSWER_UNREADABLE', { contentType }, { message, status, requestId });
}
