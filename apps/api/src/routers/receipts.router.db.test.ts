import { receipts, statementPage } from '@errand-dash/contract';
import { createNoticeFeed, defaultPolicy, headHash, type SignedHead, sealLedger } from '@errand-dash/core';
import { fundWallet, type TestUser } from '@errand-dash/core/testing';
import { untilSettled } from '@errand-dash/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let person: TestUser & { accessToken: string };
let transferId: string;

beforeAll(async () => {
  api = await startTestApi({ core: { policy: { ...defaultPolicy, sealAfterSeconds: 0 } } });
  person = await api.makeUser('demo_saver');
  for (let count = 0; count < 3; count += 1) {
    await fundWallet(api.core, person.userId, 100n);
    await untilSettled(api.database.db);
    await sealLedger(api.core, 1);
  }
  const { id } = await api.database.db
    .selectFrom('transfers')
    .select('id')
    .orderBy('id')
    .limit(1)
    .executeTakeFirstOrThrow();
  transferId = `transfer_${id}`;
});
afterAll(() => api.close());

const as = (user: TestUser) =>
  appRouter.createCaller({
    core: api.core,
    notices: createNoticeFeed(api.core),
    call: user.call(),
    userAgent: 'test',
    networkAddress: '192.0.2.1',
    callCount: 1,
  });

test('a person gets the receipts of his own transfers, and nobody else does', async () => {
  const answer = await as(person).wallet.getReceipts({ transferIds: [transferId] });
  expect(receipts.parse(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
  expect(answer.receipts[0]).toMatchObject({
    transfer: { amountMinor: 100 },
    own: [{ side: 'credit', balanceMinor: 100 }],
  });
  const stranger = await api.makeUser('demo_stranger');
  expect(await as(stranger).wallet.getReceipts({ transferIds: [transferId] })).toEqual({ receipts: [null] });
});

test('a statement carries the same receipts and the newest head, to the letter of what is signed', async () => {
  const asked = { currency: 'NGN', withReceipts: true } as const;
  const page = await as(person).wallet.statement(asked);
  expect(statementPage.parse(page)).toEqual(page);
  const transferIds = page.lines.map((line) => line.transferId);
  expect(transferIds).toHaveLength(3);
  const { receipts: alone } = await as(person).wallet.getReceipts({ transferIds });
  expect(page.lines.map(({ receipt }) => receipt)).toEqual(alone);
  const latest = await (await fetch(`${api.url}/ledger/heads/latest`)).json();
  expect(page.latestHead).toEqual(latest);
  const file = await as(person).wallet.exportStatement({ currency: 'NGN', format: 'csv' });
  expect(file.latestHead).toEqual(latest);
});

test.each([[[]], [['x']], [[`errand_${crypto.randomUUID()}`]]])(
  '%j are no ids of transfers',
  async (transferIds) => {
    await expect(as(person).wallet.getReceipts({ transferIds })).rejects.toThrow();
  },
);

describe('the public address of heads', () => {
  type Told = SignedHead & { heads: SignedHead[]; error: { code: string } };
  const get = async (path: string) => {
    const response = await fetch(`${api.url}${path}`);
    const { headers, status } = response;
    return { status, headers, body: (await response.json()) as Told };
  };

  test('gives all of them in their order, those after a number, one, and the newest', async () => {
    const { status, headers, body } = await get('/ledger/heads');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=10');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(body.heads.map(({ head }) => head.number)).toEqual([1, 2, 3]);
    const [, second, third] = body.heads;
    expect(third?.head.previousHead).toBe(second && headHash(second.head));
    expect((await get('/ledger/heads?after=1')).body.heads).toEqual(body.heads.slice(1));
    expect((await get('/ledger/heads/2')).body).toEqual(second);
    expect((await get('/ledger/heads/latest')).body).toEqual(third);
  });

  test.each([
    '/ledger/heads/0',
    '/ledger/heads/4',
    '/ledger/heads/x',
    '/ledger/heads?after=-1',
    '/ledger/heads?after=x',
    '/ledger',
  ])('%s is not there', async (path) => {
    const { status, body } = await get(path);
    expect([status, body.error.code]).toEqual([404, 'PATH_UNKNOWN']);
  });

  test('gives the public keys alone', async () => {
    const { status, headers, body } = await get('/.well-known/ledger-jwks.json');
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
    expect(body).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: 'test', alg: 'EdDSA', use: 'sig' }],
    });
  });
});
