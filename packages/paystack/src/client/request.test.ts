import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createPaystack } from './paystack.ts';

const secretKey = 'sk_test_canary_that_must_not_leak';
const reference = 'tu-0192f0c4-7d3a-7000-8000-000000000001';
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) {
    close();
  }
});

async function serverUrl(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function clientOf(listener: RequestListener) {
  return createPaystack({ secretKey, baseUrl: await serverUrl(listener), timeoutSeconds: 0.5 });
}

async function outcomeOf(status: number, body: string, headers: Record<string, string> = {}) {
  const paystack = await clientOf((_request, response) => response.writeHead(status, headers).end(body));
  return paystack.verifyTransaction(reference);
}

const refusal = (more: object) => JSON.stringify({ status: false, message: 'No', ...more });

describe('an answer', () => {
  it.each([
    ['400', 400, refusal({ code: 'x' }), { outcome: 'refused', code: 'x', reason: 'other' }],
    ['422 of validation', 422, refusal({ type: 'validation_error' }), { reason: 'input_invalid' }],
    [
      'an unknown reference as 400',
      400,
      refusal({ code: 'transaction_not_found' }),
      { outcome: 'notFound', message: 'No' },
    ],
    ['404', 404, refusal({}), { outcome: 'notFound' }],
    ['401', 401, refusal({}), { outcome: 'unauthorized', httpStatus: 401 }],
    ['403', 403, refusal({}), { outcome: 'unauthorized', httpStatus: 403 }],
    ['404 in HTML', 404, '<h1>No</h1>', { outcome: 'unknown', reason: 'status_unexpected' }],
    ['400 that says true', 400, '{"status":true}', { outcome: 'unknown', reason: 'status_unexpected' }],
    ['408', 408, refusal({}), { outcome: 'unknown', reason: 'server_error' }],
    ['503', 503, refusal({}), { outcome: 'unknown', reason: 'server_error', httpStatus: 503 }],
    ['200 that says false', 200, refusal({}), { outcome: 'unknown', reason: 'body_malformed' }],
    ['200 with nothing', 200, '', { outcome: 'unknown', reason: 'body_empty' }],
    ['200 in HTML', 200, '<h1>Hi</h1>', { outcome: 'unknown', reason: 'body_not_json' }],
    ['200 without data', 200, '{"status":true}', { outcome: 'unknown', detail: 'data' }],
    ['200 with half of its JSON', 200, '{"status":true,"da', { reason: 'body_not_json' }],
    [
      'the balance spelled the other way',
      400,
      refusal({ message: 'Your balance is not enough to fulfill this request' }),
      { outcome: 'refused', reason: 'balance_insufficient', code: null },
    ],
  ])('with %s has its outcome', async (_name, status, body, outcome) => {
    expect(await outcomeOf(status, body)).toMatchObject(outcome);
  });

  it.each([
    ['12', undefined, 12],
    ['0', undefined, 1],
    ['999999', undefined, 3_600],
    [undefined, undefined, 30],
    ['soon', undefined, 30],
    ['Thu, 01 Jan 2026 00:00:45 GMT', 'Thu, 01 Jan 2026 00:00:00 GMT', 45],
  ])('429 with Retry-After %s at %s waits %s seconds', async (retryAfter, date, seconds) => {
    const headers = {
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      ...(date === undefined ? {} : { date }),
    };
    expect(await outcomeOf(429, '', headers)).toEqual({ outcome: 'limited', retryAfterSeconds: seconds });
  });

  it('that redirects is unknown, and neither the call nor the key goes on', async () => {
    const seen: string[] = [];
    const elsewhere = await serverUrl((request, response) => {
      seen.push(request.headers.authorization ?? '');
      response.end('{}');
    });
    for (const status of [301, 302, 307, 308]) {
      const result = await outcomeOf(status, '', { location: `${elsewhere}/x` });
      expect(result).toMatchObject({ outcome: 'unknown', reason: 'redirected' });
    }
    expect(seen).toEqual([]);
  });

  it('without end is cut off at its bound', async () => {
    const paystack = await clientOf((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const write = () => {
        while (!response.destroyed && response.write(chunk)) {
          // Filled until the socket pushes back.
        }
      };
      response.on('drain', write);
      write();
    });
    expect(await paystack.fetchBalance()).toMatchObject({ outcome: 'unknown', reason: 'body_too_large' });
  });

  it('that stops in the middle of its body is unknown', async () => {
    const paystack = await clientOf((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"status":true');
    });
    expect(await paystack.fetchBalance()).toMatchObject({ outcome: 'unknown', reason: 'timed_out' });
  });

  it('is waited for as long as was said, also where that is no round number', async () => {
    const baseUrl = await serverUrl((_request, response) => response.end('{"status":true,"data":[]}'));
    const paystack = createPaystack({ secretKey, baseUrl, timeoutSeconds: 1.1 });
    expect(await paystack.fetchBalance()).toEqual({ outcome: 'ok', value: [] });
  });

  it('is unknown when nobody listens', async () => {
    const baseUrl = await serverUrl(() => undefined);
    closers.pop()?.();
    const paystack = createPaystack({ secretKey, baseUrl, timeoutSeconds: 1 });
    const result = await paystack.fetchBalance();
    expect(result).toMatchObject({ outcome: 'unknown', reason: 'connection_failed', detail: 'ECONNREFUSED' });
  });
});

describe('a request', () => {
  it('carries the key, integers and account numbers as text', async () => {
    const requests: { url: string; authorization: string; body: string }[] = [];
    const paystack = await clientOf(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
      const { authorization = '' } = request.headers;
      requests.push({ url: request.url ?? '', authorization, body: Buffer.concat(chunks).toString() });
      response.writeHead(400).end(refusal({}));
    });
    await paystack.initiateTransfer({
      amountMinor: 9_007_199_254_740_991n,
      currency: 'NGN',
      recipientCode: 'RCP_demo',
      reference,
    });
    await paystack.resolveAccount({ accountNumber: '0022728151', bankCode: '063' });
    await paystack.verifyTransaction('a=b');
    const from = new Date('2026-01-01T00:00:00Z');
    await paystack.listTransactions({ from, perPage: 10, position: { kind: 'page', page: 2 } });
    await paystack.listBalanceLedger({ perPage: 10, page: 3 });
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      source: 'balance',
      amount: 9_007_199_254_740_991,
      currency: 'NGN',
      recipient: 'RCP_demo',
      reference,
    });
    expect(requests[0]?.authorization).toBe(`Bearer ${secretKey}`);
    expect(requests.slice(1).map(({ url }) => url)).toEqual([
      '/bank/resolve?account_number=0022728151&bank_code=063',
      '/transaction/verify/a%3Db',
      '/transaction?page=2&per_page=10&from=2026-01-01T00%3A00%3A00.000Z',
      '/balance/ledger?page=3&perPage=10',
    ]);
  });

  it('that must never be sent throws before any call', async () => {
    let calls = 0;
    const paystack = await clientOf((_request, response) => {
      calls += 1;
      response.end('{}');
    });
    const payment = { email: 'ada@example.test', amountMinor: 1n, currency: 'NGN', reference };
    const account = { accountNumber: '12345678 0', bankCode: '058' };
    await expect(paystack.initializeTransaction({ ...payment, amountMinor: 0n })).rejects.toThrow(RangeError);
    await expect(paystack.initializeTransaction({ ...payment, reference: 'A_1' })).rejects.toThrow(TypeError);
    await expect(paystack.verifyTransaction('../transfer')).rejects.toThrow(TypeError);
    await expect(paystack.resolveAccount(account)).rejects.toThrow(TypeError);
    await expect(paystack.listTransactions({ perPage: 1_000 })).rejects.toThrow(RangeError);
    expect(calls).toBe(0);
  });
});

describe('the key', () => {
  it('is in no result, not even when the answer repeats it', async () => {
    const answers = [
      await outcomeOf(400, refusal({ message: `Invalid key ${secretKey}` })),
      await outcomeOf(401, refusal({ message: `Bearer ${secretKey}` })),
      await outcomeOf(404, refusal({ message: secretKey })),
      await outcomeOf(200, JSON.stringify({ status: true, data: { id: secretKey } })),
    ];
    for (const answer of answers) {
      expect(inspect(answer, { depth: null })).not.toContain(secretKey);
    }
  });

  it('is not to be seen in the client nor in the error of bad settings', () => {
    const settings = { secretKey, baseUrl: 'https://api.example.test', timeoutSeconds: 1 };
    const shown = inspect(createPaystack(settings), { depth: null, showHidden: true });
    expect(shown).not.toContain(secretKey);
    for (const wrong of [
      { secretKey: `${secretKey}\n` },
      { baseUrl: 'ftp://api.example.test' },
      { baseUrl: 'not an address' },
      { baseUrl: 'https://api.example.test/?a=1' },
      { timeoutSeconds: 0 },
      { timeoutSeconds: Number.NaN },
    ]) {
      const attempt = () => createPaystack({ ...settings, ...wrong });
      expect(attempt).toThrow(TypeError);
      expect(attempt).not.toThrow(secretKey);
    }
  });

  it('of live mode goes over https only', () => {
    const live = { secretKey: 'sk_live_demo_only', timeoutSeconds: 1 };
    expect(() => createPaystack({ ...live, baseUrl: 'http://127.0.0.1:1' })).toThrow(TypeError);
    expect(() => createPaystack({ ...live, baseUrl: 'https://api.example.test' })).not.toThrow();
  });
});
