import { createNoticeFeed, defaultPolicy } from '@errand-dash/core';
import { fundWallet, type TestUser } from '@errand-dash/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let ada: TestUser;
beforeAll(async () => {
  const rate = {
    sold: 'NGN',
    bought: 'KWD',
    rate: '0.0002',
    from: new Date(Date.now() - 60_000),
    source: 'demo',
  } as const;
  const exchange = { ...defaultPolicy.exchange, rates: [rate] };
  const policy = { ...defaultPolicy, openCurrencies: ['NGN', 'KWD'] as const, exchange };
  api = await startTestApi({ core: { policy } });
  ada = await api.makeUser('demo_ada');
  await fundWallet(api.core, ada.userId, 20_000_00n);
});
afterAll(() => api.close());

const wallet = () =>
  appRouter.createCaller({
    core: api.core,
    notices: createNoticeFeed(api.core),
    call: ada.call(),
    userAgent: 'test',
    networkAddress: '192.0.2.1',
    callCount: 1,
  }).wallet;

test('money is exchanged over the wire as it was quoted, and both sides are on statements', async () => {
  const quote = await wallet().quoteExchange({ sold: 'NGN', bought: 'KWD', buyMinor: 1_500 });
  expect(quote).toMatchObject({
    quoteId: expect.stringMatching(/^exchange_quote_/),
    ...{ soldMinor: 750_000, feeMinor: 7_500, boughtMinor: 1_500, rate: '0.0002', exchangedAt: null },
  });
  expect(Object.keys(quote)).not.toContain('rateSource');
  const done = await wallet().exchange({ quoteId: quote.quoteId });
  expect(done).toEqual({ ...quote, exchangedAt: expect.any(Date) });
  expect((await wallet().balances({})).balances).toMatchObject([
    { currency: 'NGN', availableMinor: 1_242_500 },
    { currency: 'KWD', availableMinor: 1_500 },
  ]);
  const { lines } = await wallet().statement({ currency: 'KWD' });
  expect(lines).toMatchObject([{ kind: 'exchange.buy', causeId: quote.quoteId, balanceMinor: 1_500 }]);
});

test.each([
  { sold: 'NGN', bought: 'NGN', sellMinor: 5 },
  { sold: 'NGN', bought: 'KWD' },
  { sold: 'NGN', bought: 'KWD', sellMinor: 5, buyMinor: 5 },
  { sold: 'NGN', bought: 'KWD', sellMinor: 1.5 },
  { sold: 'NGN', bought: 'KWD', sellMinor: 2 ** 53 },
])('%j is no question for a quote', async (asked) => {
  const call = wallet().quoteExchange(asked as { sold: 'NGN'; bought: 'KWD'; sellMinor: number });
  await expect(call).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});
