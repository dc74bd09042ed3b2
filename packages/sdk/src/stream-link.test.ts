import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import { createErrandDash, type ErrandDashOptions } from './create-errand-dash.ts';
import { type ErrandDashError, type ErrorCode, isErrandDashError } from './errand-dash-error.ts';
import type { Outputs } from './router-types.ts';
import { answers, refuses, silent } from './testing/scripted-network.ts';

const url = 'https://api.errand.example';

interface Asked {
  url: URL;
  input: { streamId?: string; lastEventId?: string };
  headers: Headers;
  signal: AbortSignal | null;
}

type Say = (text: string) => void;
/** What the far side does with one request for the stream. */
type Part = (asked: Asked, say: Say, cut: () => void) => void;
type Turn = { part: Part } | { reply: (asked: Asked) => Response | Promise<Response> };

const encoder = new TextEncoder();

/** A network whose far side plays one part for each time that the stream is asked for, the last for ever. */
function streaming(parts: readonly Turn[], given: Partial<ErrandDashOptions> = {}) {
  const asked: Asked[] = [];
  let refreshes = 0;
  const fetch = async (address: string, init: RequestInit): Promise<Response> => {
    const at = new URL(address);
    if (at.pathname === '/trpc/auth.refresh') {
      refreshes += 1;
      return answers(tokens(`fresh-${refreshes}`));
    }
    const request: Asked = {
      url: at,
      input: JSON.parse(at.searchParams.get('input') ?? '{}').json,
      headers: new Headers(init.headers),
      signal: init.signal ?? null,
    };
    const turn = parts[Math.min(asked.length, parts.length - 1)];
    asked.push(request);
    if (turn === undefined) throw new Error('the network has no part to play');
    return 'reply' in turn ? turn.reply(request) : play(turn.part, request);
  };
  const storage = new Map<string, string>();
  const dash = createErrandDash({ url, fetch, storage, ...given });
  return { dash, asked, storage, refreshes: () => refreshes };
}

function play(part: Part, request: Asked): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let isOpen = true;
      request.signal?.addEventListener('abort', () => {
        if (isOpen) controller.error(new DOMException('aborted', 'AbortError'));
        isOpen = false;
      });
      const say = (text: string) => isOpen && controller.enqueue(encoder.encode(text));
      // A client waits 3 seconds before it comes back unless it is told otherwise.
      say('retry: 10\nevent: connected\ndata: {}\n\n');
      part(request, say, () => {
        if (isOpen) controller.error(new TypeError('terminated'));
        isOpen = false;
      });
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

function tokens(name: string) {
  const payload = btoa(JSON.stringify({ iat: 1000, exp: 1600 })).replace(/=+$/, '');
  return { sessionId: 's', accessToken: `${name}.${payload}.s`, refreshToken: `refresh-${name}` };
}

function signedIn(storage: Map<string, string>, accessToken: string): void {
  const kept = { accessToken, refreshToken: 'refresh-old', renewAtMilliseconds: null };
  storage.set('errand-dash', JSON.stringify({ deviceId: 'd'.repeat(43), tokens: kept }));
}

/** An event as the API writes it. */
const notice = (number: number) =>
  `data: ${JSON.stringify({
    json: { number, text: `n${number}`, occurredAt: '2026-11-21T10:00:00.000Z', readAt: null },
    meta: { values: { occurredAt: ['Date'] }, v: 1 },
  })}\nid: ${number}\n\n`;

function refusal(code: ErrorCode, details: unknown = {}): string {
  const data = { code: 'X', httpStatus: 401, refusal: { code, details } };
  return `event: serialized-error\ndata: ${JSON.stringify({ json: { message: code, code: -32001, data } })}\n\n`;
}

/** The numbers of the first so many notices. */
async function take(stream: AsyncIterable<{ number: number }>, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { number } of stream) {
    numbers.push(number);
    if (numbers.length === count) break;
  }
  return numbers;
}

async function failureOf(work: Promise<unknown>): Promise<ErrandDashError> {
  const error = await work.then(
    () => new Error('nothing failed'),
    (caught: unknown) => caught,
  );
  if (!isErrandDashError(error)) throw error;
  return error;
}

/** Lets the fake time pass until the stream has been asked for so often. */
const untilAsked = (asked: readonly Asked[], count: number) =>
  vi.waitFor(() => expect(asked).toHaveLength(count), { interval: 5, timeout: 10_000 });

afterEach(() => vi.useRealTimers());

test('a stream is something to loop over, and leaving the loop closes it', async () => {
  const { dash, asked } = streaming([{ part: (_asked, say) => say(notice(1) + notice(2)) }]);
  for await (const told of dash.events.watch()) {
    expectTypeOf(told).toEqualTypeOf<Outputs['events']['watch']>();
    expectTypeOf(told.number).toEqualTypeOf<number>();
    expect(told).toEqual({ number: 1, text: 'n1', occurredAt: expect.any(Date), readAt: null });
    break;
  }
  expect(asked).toHaveLength(1);
  expect(asked[0]?.signal?.aborted).toBe(true);
});

test('the token travels in a header and is in no URL', async () => {
  const { dash, asked, storage } = streaming([{ part: (_asked, say) => say(notice(1)) }]);
  signedIn(storage, 'secret-token');
  await take(dash.events.watch(), 1);
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer secret-token');
  expect(asked[0]?.url.href).not.toContain('secret-token');
});

test('a stream that breaks off goes on after its last event, under its own name', async () => {
  const { dash, asked } = streaming([
    {
      part: (_asked, say, cut) => {
        say(notice(1) + notice(2));
        setTimeout(cut, 20);
      },
    },
    { reply: () => Promise.reject(new TypeError('fetch failed')) },
    { reply: () => new Response('<html>', { status: 502 }) },
    { reply: () => refuses('SERVICE_BUSY', 503, { retryAfterSeconds: 1 }) },
    { part: (_asked, say) => say(notice(3)) },
  ]);
  expect(await take(dash.events.watch(), 3)).toEqual([1, 2, 3]);
  expect(asked).toHaveLength(5);
  expect(asked.slice(1).map(({ headers }) => headers.get('last-event-id'))).toEqual(['2', '2', '2', '2']);
  const names = new Set(asked.map(({ input }) => input.streamId));
  expect(names.size).toBe(1);
  expect([...names][0]).toMatch(/^[A-Za-z0-9_-]{22}$/);
});

test('a stream that was asked for too often is asked for again when the server says, and not before', async () => {
  vi.useFakeTimers();
  const { dash, asked } = streaming([
    { part: (_asked, _say, cut) => void setTimeout(cut, 20) },
    { reply: () => refuses('RATE_LIMITED', 429, { retryAfterSeconds: 2 }) },
    { part: (_asked, say) => say(notice(1)) },
  ]);
  const taken = take(dash.events.watch(), 1);
  await untilAsked(asked, 2);
  await vi.advanceTimersByTimeAsync(1900);
  expect(asked).toHaveLength(2);
  await untilAsked(asked, 3);
  expect(await taken).toEqual([1]);
});

test('a stream that is left while it waits to come back asks for nothing more', async () => {
  vi.useFakeTimers();
  const { dash, asked } = streaming([
    { part: (_asked, _say, cut) => void setTimeout(cut, 20) },
    { reply: () => refuses('RATE_LIMITED', 429, { retryAfterSeconds: 1 }) },
  ]);
  const controller = new AbortController();
  const waiting = failureOf(take(dash.events.watch({}, { signal: controller.signal }), 1));
  await untilAsked(asked, 2);
  // It has its refusal, and the reconnection after 10 ms has begun to wait.
  await vi.advanceTimersByTimeAsync(100);
  controller.abort();
  expect(await waiting).toMatchObject({ code: 'CALL_ABORTED' });
  await vi.advanceTimersByTimeAsync(2500);
  expect(asked).toHaveLength(2);
});

test('it begins where it is told', async () => {
  const { dash, asked } = streaming([{ part: (_asked, say) => say(notice(8)) }]);
  await take(dash.events.watch({ lastEventId: '7' }), 1);
  expect(asked[0]?.input.lastEventId).toBe('7');
});

test('a token that is refused is renewed, and the stream goes on after its last event', async () => {
  const { dash, asked, storage, refreshes } = streaming([
    {
      part: (_asked, say, cut) => {
        say(notice(1));
        setTimeout(cut, 20);
      },
    },
    { part: (_asked, say) => say(refusal('ACCESS_TOKEN_INVALID')) },
    { part: (_asked, say) => say(notice(2)) },
  ]);
  signedIn(storage, 'stale');
  expect(await take(dash.events.watch(), 2)).toEqual([1, 2]);
  expect(refreshes()).toBe(1);
  expect(asked.map(({ headers }) => headers.get('authorization')?.split('.')[0])).toEqual([
    'Bearer stale',
    'Bearer stale',
    'Bearer fresh-1',
  ]);
  expect(asked[2]?.input.lastEventId).toBe('1');
});

test('a stream that breaks off does not come back as another person who has signed in meanwhile', async () => {
  const tokenOf = (sub: string) => `x.${btoa(JSON.stringify({ sub }))}.s`;
  const { dash, asked, storage } = streaming([
    {
      part: (_asked, say, cut) => {
        say(notice(1));
        signedIn(storage, tokenOf('user_b'));
        setTimeout(cut, 20);
      },
    },
  ]);
  signedIn(storage, tokenOf('user_a'));
  expect(await failureOf(take(dash.events.watch(), 2))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(asked).toHaveLength(1);
});

test('a stream of who has signed out does not come back as another person either', async () => {
  const tokenOf = (sub: string) => `x.${btoa(JSON.stringify({ sub }))}.s`;
  const { dash, asked, storage } = streaming([
    {
      part: (_asked, say, cut) => {
        say(notice(1));
        storage.clear();
        setTimeout(cut, 20);
      },
    },
    {
      reply: () => {
        signedIn(storage, tokenOf('user_b'));
        throw new TypeError('fetch failed');
      },
    },
    { part: (_asked, say) => say(notice(2)) },
  ]);
  signedIn(storage, tokenOf('user_a'));
  expect(await failureOf(take(dash.events.watch(), 2))).toMatchObject({ code: 'SESSION_ENDED' });
  const bearers = asked.map(({ headers }) => headers.get('authorization'));
  expect(bearers).toEqual([`Bearer ${tokenOf('user_a')}`, null]);
});

test('a server that refuses the renewed token too is believed', async () => {
  const { dash, storage, refreshes } = streaming([
    { part: (_asked, say) => say(refusal('ACCESS_TOKEN_INVALID')) },
  ]);
  signedIn(storage, 'stale');
  expect(await failureOf(take(dash.events.watch(), 1))).toMatchObject({ code: 'ACCESS_TOKEN_INVALID' });
  expect(refreshes()).toBe(1);
});

test.each(['SESSION_ENDED', 'USER_SUSPENDED', 'STREAM_LIMIT_REACHED'] as const)(
  '%s ends the stream, after what came before it',
  async (code) => {
    const { dash, asked } = streaming([
      { part: (_asked, say) => say(notice(1) + refusal(code, { max: 4 })) },
    ]);
    const numbers: number[] = [];
    const loop = async () => {
      for await (const { number } of dash.events.watch()) numbers.push(number);
    };
    const failure = await failureOf(loop());
    expect(failure.code).toBe(code);
    if (failure.code === 'STREAM_LIMIT_REACHED') expect(failure.details.max).toBe(4);
    expect(numbers).toEqual([1]);
    expect(asked).toHaveLength(1);
  },
);

test('an answer that is not of ErrandDash ends it', async () => {
  const page = () => new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } });
  const { dash, asked } = streaming([{ reply: page }]);
  expect(await failureOf(take(dash.events.watch(), 1))).toMatchObject({
    code: 'ANSWER_UNREADABLE',
    status: 404,
  });
  expect(asked).toHaveLength(1);
});

test('a signal ends it while it waits, and one that was given before begins nothing', async () => {
  const { dash, asked } = streaming([{ part: () => {} }]);
  const controller = new AbortController();
  const waiting = failureOf(take(dash.events.watch({}, { signal: controller.signal }), 1));
  await expect.poll(() => asked.length).toBe(1);
  controller.abort();
  expect(await waiting).toMatchObject({ code: 'CALL_ABORTED' });
  expect(asked[0]?.signal?.aborted).toBe(true);
  const late = failureOf(take(dash.events.watch({}, { signal: controller.signal }), 1));
  expect(await late).toMatchObject({ code: 'CALL_ABORTED' });
  expect(asked).toHaveLength(1);
});

test('a server that takes the request and says nothing is asked again', async () => {
  const { dash, asked } = streaming(
    [
      {
        reply: ({ signal }) =>
          Promise.resolve(silent({ path: '', headers: new Headers(), body: null, signal })),
      },
      { part: (_asked, say) => say(notice(1)) },
    ],
    { timeoutSeconds: 0.05 },
  );
  expect(await take(dash.events.watch(), 1)).toEqual([1]);
  expect(asked).toHaveLength(2);
});
