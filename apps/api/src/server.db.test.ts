import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { errors } from '@errand-dash/contract';
import { defaultPolicy } from '@errand-dash/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from './limits.ts';
import { sayTo } from './testing/say-to.ts';
import { allowedOrigin, startTestApi, type TestApi } from './testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const json = { 'content-type': 'application/json' };

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body,
  });
  expect(response.headers.get('content-type')).toContain('application/json');
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** A call's refusal, from the very bytes of the answer. */
async function refusalOf(path: string, body: string, headers: Record<string, string> = {}) {
  const { status, body: answer } = await post(path, body, headers);
  const { message, data } = answer.error.json;
  return { status, message, ...data.refusal };
}

const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });

describe('a request', () => {
  test('may be an empty query, by POST as by GET', async () => {
    expect((await post('/trpc/system.ping', '{"json":{}}')).body).toEqual({ result: { data: { json: {} } } });
    expect((await fetch(`${api.url}/trpc/system.ping`)).status).toBe(200);
  });

  test.each([
    ['a map', { a: [['map']] }],
    ['a regular expression', { a: ['regexp'] }],
    ['a bigint', { a: ['bigint'] }],
    ['undefined', { a: ['undefined'] }],
    ['a class', { a: [['class', 'Date']] }],
    ['a date that is more', { a: ['Date', { b: ['map'] }] }],
    ['the prototype', { '__proto__.a': ['map'] }],
  ])('that annotates %s is refused before any schema sees it', async (_name, values) => {
    const body = JSON.stringify({ json: { a: 'x' }, meta: { values } });
    expect(await refusalOf('/trpc/system.ping', body)).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
  });

  test.each([
    ['equal references', { json: {}, meta: { referentialEqualities: { a: ['b'] } } }],
    ['a member beside json', { json: {}, extra: 1 }],
    ['no json', {}],
    ['another version', { json: {}, meta: { v: 0 } }],
  ])('with %s is refused', async (_name, payload) => {
    expect(await refusalOf('/trpc/system.ping', JSON.stringify(payload))).toMatchObject({
      code: 'INPUT_INVALID',
    });
  });

  test('that nests a hundred thousand deep is refused, and the server lives', async () => {
    const deep = `{"json":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(await refusalOf('/trpc/system.ping', deep)).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
    const tree = `{"json":{},"meta":{"values":${'{"a":'.repeat(40_000)}["Date"]${'}'.repeat(40_000)}}}`;
    expect(await refusalOf('/trpc/system.ping', tree)).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
  });

  test('with an unknown field is refused, and the field is named', async () => {
    const refusal = await refusalOf('/trpc/auth.beginSignIn', '{"json":{"handle":"ada","admin":true}}');
    expect(refusal).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
    expect(JSON.stringify(refusal.details)).toContain('admin');
  });

  test.each([
    ['NUL', '"a\\u0000b"'],
    ['a lone surrogate', '"a\\ud800b"'],
  ])('with %s is refused with 400', async (_name, text) => {
    const body = `{"json":{"handle":"ada_obi","displayName":${text}}}`;
    const refusal = await refusalOf('/trpc/auth.beginRegistration', body);
    expect(refusal).toMatchObject({
      status: 400,
      code: 'INPUT_INVALID',
      details: { issues: [{ path: 'displayName' }] },
    });
  });

  test('with broken JSON is refused as JSON', async () => {
    expect(await refusalOf('/trpc/system.ping', '{"json')).toMatchObject({
      status: 400,
      code: 'INPUT_INVALID',
    });
  });

  test.each([300_000, 30_000_000])('of %d bytes is too large', async (bytes) => {
    const body = JSON.stringify({ json: { a: 'x'.repeat(bytes) } });
    const details = { maxBytes: limits.requestBytesMax };
    expect(await refusalOf('/trpc/system.ping', body)).toMatchObject({
      status: 413,
      code: 'REQUEST_TOO_LARGE',
      details,
    });
  });

  test('with too many calls is refused, with as many as allowed it is not', async () => {
    const calls = (count: number) => `/trpc/${Array(count).fill('system.ping').join(',')}?batch=1`;
    const details = { max: limits.batchCallsMax };
    expect(await refusalOf(calls(limits.batchCallsMax + 1), '{}')).toMatchObject({
      status: 400,
      code: 'BATCH_TOO_LARGE',
      details,
    });
    expect((await post(calls(limits.batchCallsMax), '{}')).body).toHaveLength(limits.batchCallsMax);
  });

  test('for a procedure that is not there is told so', async () => {
    expect(await refusalOf('/trpc/system.shutdown', '{}')).toMatchObject({
      status: 404,
      code: 'PROCEDURE_UNKNOWN',
    });
    expect(await refusalOf('/trpc/__proto__', '{}')).toMatchObject({
      status: 404,
      code: 'PROCEDURE_UNKNOWN',
    });
  });

  test('by GET cannot change anything', async () => {
    const response = await fetch(`${api.url}/trpc/auth.beginSignIn`);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.ok).toBe(false);
  });

  test.each(['text/plain', 'application/octet-stream', 'multipart/form-data; boundary=x'])(
    'of %s is refused',
    async (type) => {
      const refusal = await refusalOf('/trpc/auth.beginSignIn', '{"json":{}}', { 'content-type': type });
      expect(refusal).toMatchObject({ code: 'INPUT_INVALID' });
    },
  );
});

test('a request with a broken Host is refused as JSON', async () => {
  const { port } = new URL(api.url);
  const answer = await sayTo(
    Number(port),
    'GET /trpc/system.ping HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect(answer).toMatch(/content-type: application\/json/i);
  expect(answer).toContain('INPUT_INVALID');
});

describe('who calls', () => {
  test('is nobody without a token, who may not do what needs a person', async () => {
    expect(await refusalOf('/trpc/users.me', '')).toMatchObject({ status: 401, code: 'SESSION_MISSING' });
  });

  test('is the person of the token', async () => {
    const { accessToken } = await api.makeUser('ada');
    const { body } = await post('/trpc/users.me', '', bearer(accessToken));
    expect(body.result.data.json).toMatchObject({ handle: 'ada' });
  });

  test.each([
    ['a word', 'Bearer nonsense'],
    ['another scheme', 'Basic YTpi'],
    ['nothing', ''],
  ])('is refused with %s for a token, also where nobody need be signed in', async (_name, authorization) => {
    expect(await refusalOf('/trpc/system.ping', '', { authorization })).toMatchObject({
      status: 401,
      code: 'ACCESS_TOKEN_INVALID',
    });
  });

  test('is refused once the session has ended', async () => {
    const { accessToken, sessionId } = await api.makeUser('bola');
    await sql`update sessions set ended_at = created_at, ended_reason = 'signed_out' where id = ${sessionId}`.execute(
      api.database.owner,
    );
    expect(await refusalOf('/trpc/users.me', '', bearer(accessToken))).toMatchObject({
      status: 401,
      code: 'SESSION_ENDED',
    });
  });
});

describe('the idempotency key', () => {
  test.each(['short', 'with space', 'ümlaut-key', 'x'.repeat(129), 'one-key-1, two-key-2'])(
    '%j is refused',
    async (key) => {
      const headers = { 'idempotency-key': encodeURI(key) === key ? key : 'kéy' };
      expect(await refusalOf('/trpc/system.ping', '', headers)).toMatchObject({
        status: 400,
        code: 'IDEMPOTENCY_KEY_INVALID',
      });
    },
  );

  test('is given once', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = [
        'content-type',
        'application/json',
        'idempotency-key',
        'key-number-1',
        'idempotency-key',
        'key-number-2',
      ];
      const sent = request(
        `${api.url}/trpc/system.ping`,
        { method: 'POST', headers: ['host', 'x', ...headers] },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on('error', reject).end();
    });
    expect(status).toBe(400);
  });

  test('is missed by a command', async () => {
    const { accessToken } = await api.makeUser('chi');
    const refusal = await refusalOf(
      '/trpc/users.takeRole',
      '{"json":{"role":"sender"}}',
      bearer(accessToken),
    );
    expect(refusal).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_MISSING' });
  });
});

describe('an answer', () => {
  test('carries the headers of the bar', async () => {
    const { headers } = await post('/trpc/system.ping', '');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('may be read by pages of the listed origins alone, and never with credentials', async () => {
    const corsOf = async (origin: string) => {
      const headers = { origin, 'access-control-request-method': 'POST' };
      const { headers: answered } = await fetch(`${api.url}/trpc/system.ping`, {
        method: 'OPTIONS',
        headers,
      });
      return [answered.get('access-control-allow-origin'), answered.get('access-control-allow-credentials')];
    };
    expect(await corsOf(allowedOrigin)).toEqual([allowedOrigin, null]);
    expect(await corsOf('https://app.errand.example.evil.example')).toEqual([null, null]);
    expect(await corsOf('null')).toEqual([null, null]);
  });

  test.each(['/', '/nothing', '/trpc', '/trpc/', '/trpc/%zz', '/%zz', '/health/detailed', '/balances'])(
    'to %s is JSON without a stack',
    async (path) => {
      const response = await fetch(`${api.url}${path}`);
      const text = await response.text();
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(text).not.toMatch(/node_modules|\bat \/|<html/);
    },
  );

  test('to what failed inside says nothing of it, and names the request under which the log has it', async () => {
    const broken = await startTestApi({ core: { policy: { ...defaultPolicy, topUp: undefined as never } } });
    try {
      const { accessToken } = await broken.makeUser('dayo', ['sender']);
      const headers = { ...json, ...bearer(accessToken), 'idempotency-key': 'key-12345678' };
      const body = JSON.stringify({
        json: { amountMinor: 500_000, currency: 'NGN', email: 'dayo@errand.example' },
      });
      const response = await fetch(`${broken.url}/trpc/wallet.startTopUp`, { method: 'POST', headers, body });
      const text = await response.text();
      const { json: error } = JSON.parse(text).error;
      expect(response.status).toBe(500);
      expect(error.message).toBe(errors.INTERNAL.message);
      expect(error.data.refusal).toEqual({
        code: 'INTERNAL',
        details: { requestId: response.headers.get('x-request-id') },
      });
      expect(text).not.toMatch(/undefined|stack|TypeError/);
      const line = broken.logged.find((entry) => entry.includes(error.data.refusal.details.requestId));
      expect(line).toMatch(/TypeError/);
      expect(line).not.toContain('dayo@errand.example');
    } finally {
      await broken.close();
    }
  });
});

describe('the webhook route', () => {
  const body = JSON.stringify({
    event: 'charge.success',
    data: { id: 1, reference: 'demo', status: 'success' },
  });
  const sign = (bytes: string) => {
    const [secret = ''] = api.core.payments.webhookSecrets;
    return createHmac('sha512', secret).update(bytes).digest('hex');
  };
  const deliveries = async () => {
    const { rows } = await sql<{
      count: string;
    }>`select count(*)::text as count from webhook_deliveries`.execute(api.database.owner);
    return Number(rows[0]?.count);
  };

  test('keeps what is signed and answers 200 at once', async () => {
    const before = await deliveries();
    const { status } = await post('/webhooks/paystack', body, { 'x-paystack-signature': sign(body) });
    expect(status).toBe(200);
    expect(await deliveries()).toBe(before + 1);
  });

  test('keeps signed bytes that are no JSON', async () => {
    const { status } = await post('/webhooks/paystack', '{"json', { 'x-paystack-signature': sign('{"json') });
    expect(status).toBe(200);
  });

  test.each([
    ['unsigned', {}],
    [
      'signed by another',
      { 'x-paystack-signature': createHmac('sha512', 'another').update(body).digest('hex') },
    ],
    ['signed with half a signature', { 'x-paystack-signature': 'ab' }],
  ])('answers 401 to what is %s, and no row is left', async (_name, headers) => {
    const before = await deliveries();
    expect((await post('/webhooks/paystack', body, headers)).status).toBe(401);
    expect(await deliveries()).toBe(before);
  });

  test('answers 401 to two signatures, were one of them right', async () => {
    const signature = sign(body);
    const status = await new Promise((resolve, reject) => {
      const headers = [
        'host',
        'x',
        'content-type',
        'application/json',
        'content-length',
        String(body.length),
      ];
      const signatures = ['x-paystack-signature', signature, 'x-paystack-signature', signature];
      const sent = request(
        `${api.url}/webhooks/paystack`,
        { method: 'POST', headers: [...headers, ...signatures] },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on('error', reject).end(body);
    });
    expect(status).toBe(401);
  });

  test('refuses more than a megabyte, and what is packed', async () => {
    const large = 'x'.repeat(limits.webhookBytesMax + 1);
    expect(await post('/webhooks/paystack', large, { 'x-paystack-signature': sign(large) })).toMatchObject({
      status: 413,
      body: { error: { code: 'REQUEST_TOO_LARGE', details: { maxBytes: limits.webhookBytesMax } } },
    });
    const packed = await post('/webhooks/paystack', 'x', {
      'content-encoding': 'gzip',
      'x-paystack-signature': sign('x'),
    });
    expect(packed.status).toBe(400);
  });
});

test('the keys of access tokens are public, and only their public halves', async () => {
  const response = await fetch(`${api.url}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
  expect(keys).toHaveLength(2);
  for (const key of keys) expect(key).toEqual(expect.not.objectContaining({ d: expect.anything() }));
});
