import { httpSubscriptionLink, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import { EventSource } from 'eventsource';
import { type ErrandDashError, errandDashError, retryAfterSecondsOf } from './errand-dash-error.ts';
import { type Fetch, readAnswer } from './fetch-answer.ts';
import type { AppRouter } from './generated/app-router.ts';
import { readFailure } from './read-failure.ts';
import type { Session } from './session.ts';
import { wait } from './wait.ts';
import { wireTransformer } from './wire-transformer.ts';

export interface StreamSettings {
  url: string;
  fetch: Fetch;
  /** How long an answer may take to begin. */
  timeoutSeconds: number;
}

/**
 * The way of a stream: events over one long answer, which is asked for again, from the last event on, whenever it
 * breaks off. The platform's own EventSource cannot send a header, so that the token would have to stand in the URL.
 */
export function streamLink(settings: StreamSettings, session: Session): TRPCLink<AppRouter> {
  return (runtime) => (chain) =>
    observable((observer) => {
      const tokens: Tokens = { sent: null, replacement: null };
      let refusal: ErrandDashError | null = null;
      let lastEventId: string | undefined;
      let current: Unsubscribable = { unsubscribe: () => {} };
      let isLeft = false;
      const link = httpSubscriptionLink<AppRouter, typeof EventSource>({
        url: settings.url,
        transformer: wireTransformer,
        EventSource,
        eventSourceOptions: {
          fetch: comeBack(settings, session, tokens, (failure) => {
            refusal = failure;
          }),
        },
      })(runtime);
      const connect = () => {
        const { op, next } = chain;
        const input = lastEventId === undefined ? op.input : { ...(op.input as object), lastEventId };
        current = link({ op: { ...op, input }, next }).subscribe({
          next: (envelope) => {
            if ('id' in envelope.result) lastEventId = String(envelope.result.id);
            observer.next(envelope);
          },
          complete: () => observer.complete(),
          error: (caught) => {
            const failure = refusal ?? readFailure(caught);
            const end = (why: unknown) => observer.error(TRPCClientError.from(readFailure(why)));
            if (failure.code !== 'ACCESS_TOKEN_INVALID') return end(failure);
            replaceToken(session, tokens, failure).then(() => !isLeft && connect(), end);
          },
        });
      };
      connect();
      return () => {
        isLeft = true;
        current.unsubscribe();
      };
    });
}

interface Tokens {
  sent: string | null;
  replacement: string | null;
}

/** Another token than the one that was refused. Throws the refusal where that was such another one already. */
async function replaceToken(session: Session, tokens: Tokens, refusal: ErrandDashError): Promise<void> {
  if (tokens.sent === null || tokens.sent === tokens.replacement) throw refusal;
  tokens.replacement = await session.replaceToken(tokens.sent);
  if (tokens.replacement === null) throw refusal;
}

/** Those that were cut off together come back apart. */
const APART_MILLISECONDS = 1000;

/** How an EventSource fetches: it tries again what throws, and gives up on an answer that is no stream. */
function comeBack(
  settings: StreamSettings,
  session: Session,
  tokens: Tokens,
  giveUp: (failure: ErrandDashError) => void,
) {
  let isFirst = true;
  let begunWith: string | null = null;
  let askedToWaitSeconds = 0;
  return async (address: string | URL, init: RequestInit): Promise<Response> => {
    try {
      if (isFirst) begunWith = await session.keptToken();
      else await wait(askedToWaitSeconds * 1000 + Math.random() * APART_MILLISECONDS, init.signal ?? null);
      isFirst = false;
      askedToWaitSeconds = 0;
      const headers = new Headers(init.headers);
      tokens.sent = await session.accessToken(begunWith);
      if (tokens.sent !== null) headers.set('authorization', `Bearer ${tokens.sent}`);
      const response = await begin(settings, String(address), { ...init, headers });
      if (isStream(response)) return response;
      throw await refusalIn(response);
    } catch (caught) {
      if (init.signal?.aborted) throw new DOMException('The stream was closed.', 'AbortError');
      const failure = readFailure(caught);
      askedToWaitSeconds = retryAfterSecondsOf(failure);
      if (failure.isRetryable || (failure.status ?? 0) >= 500) throw failure;
      giveUp(failure);
      return new Response(null, { status: 400 });
    }
  };
}

/** One request, bounded in time until its answer begins. */
async function begin(
  { fetch, timeoutSeconds }: StreamSettings,
  address: string,
  init: RequestInit,
): Promise<Response> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (init.signal?.aborted) abort();
  init.signal?.addEventListener('abort', abort);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, timeoutSeconds * 1000);
  try {
    return await fetch(address, { ...init, signal: controller.signal });
  } catch (cause) {
    if (!isLate) throw cause;
    const message = `ErrandDash did not answer within ${timeoutSeconds} seconds.`;
    throw errandDashError('NETWORK_FAILED', { reason: 'timeout' }, { message, cause });
  } finally {
    clearTimeout(timer);
  }
}

const isStream = ({ ok, headers }: Response): boolean =>
  ok && (headers.get('content-type') ?? '').startsWith('text/event-stream');

/** Why there is no stream, from an answer that is none. */
async function refusalIn(response: Response): Promise<ErrandDashError> {
  const answer = readAnswer(response, await response.text());
  const body = await answer.json();
  if (typeof body !== 'object' || body === null || !('error' in body)) {
    const contentType = response.headers.get('content-type');
    const { status, requestId } = answer;
    const message = `The answer (status ${status}) is not one of ErrandDash's.`;
    return errandDashError('ANSWER_UNREADABLE', { contentType }, { message, status, requestId });
  }
  const error = wireTransformer.output.deserialize(body.error);
  return readFailure(TRPCClientError.from({ error }, { meta: { response: answer } }));
}
