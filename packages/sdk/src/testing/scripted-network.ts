import type { ErrorCode } from '../errand-dash-error.ts';
import type { Fetch } from '../fetch-answer.ts';

/** One request as the network carried it. */
export interface SentRequest {
  /** `auth.refresh`, or several joined by commas. */
  path: string;
  headers: Headers;
  body: unknown;
  signal: AbortSignal | null;
}

/** What the far side does with one request: an answer, or a failure thrown. */
export type Reply = (request: SentRequest) => Response | Promise<Response>;

/** A network whose far side is played by the test: each path is answered by its replies in turn, the last for ever. */
export function scriptedNetwork(script: Record<string, Reply[]>): { fetch: Fetch; sent: SentRequest[] } {
  const sent: SentRequest[] = [];
  const fetch: Fetch = async (url, init) => {
    const path = new URL(url).pathname.replace('/trpc/', '');
    const replies = script[path];
    if (replies === undefined) throw new Error(`the script has no reply to ${path}`);
    const text = typeof init.body === 'string' ? init.body : '';
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const request = { path, headers: new Headers(init.headers), body, signal: init.signal ?? null };
    const turn = sent.filter((earlier) => earlier.path === path).length;
    sent.push(request);
    const reply = replies[Math.min(turn, replies.length - 1)];
    if (reply === undefined) throw new Error(`the script of ${path} is empty`);
    return reply(request);
  };
  return { fetch, sent };
}

const jsonHeaders = { 'content-type': 'application/json', 'x-request-id': 'request-1' };

/** The answer of a procedure, several for a batch, as the API writes it. */
export const answers = (...results: unknown[]): Response => {
  const envelopes = results.map((json) => ({ result: { data: { json } } }));
  return new Response(JSON.stringify(envelopes.length === 1 ? envelopes[0] : envelopes), {
    headers: jsonHeaders,
  });
};

/** A batch of one. */
export const batched = (result: unknown): Response =>
  new Response(JSON.stringify([{ result: { data: { json: result } } }]), { headers: jsonHeaders });

/** A refusal, as the API writes it. */
export function refuses(code: ErrorCode, httpStatus: number, details: unknown = {}): Response {
  const data = { code: 'CONFLICT', httpStatus, refusal: { code, details } };
  const error = { json: { message: `refused: ${code}`, code: -32009, data } };
  return new Response(JSON.stringify({ error }), { status: httpStatus, headers: jsonHeaders });
}

/** What the platform's fetch throws when nobody answers. */
export const unreachable: Reply = () => {
  throw new TypeError('fetch failed');
};

/** A far side that never answers; it ends when the request is given up. */
export const silent: Reply = ({ signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () =>
      reject(new DOMException('This operation was aborted', 'AbortError')),
    );
  });
