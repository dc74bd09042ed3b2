import { createNoticeFeed } from '@errand-dash/core';
import { fundWallet, type TestUser } from '@errand-dash/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let ada: TestUser;
beforeAll(async () => {
  api = await startTestApi();
  ada = await api.makeUser('demo_ada');
  await fundWallet(api.core, ada.userId, 1_234_50n);
});
afterAll(() => api.close());

const walletOf = (person: TestUser) =>
  appRouter.createCaller({
    core: api.core,
    notices: createNoticeFeed(api.core),
    call: person.call(),
    userAgent: 'test',
    networkAddress: '192.0.2.1',
    callCount: 1,
  }).wallet;

describe('the statement over the wire', () => {
  test('has lines with public ids, words and the balance after each', async () => {
    const page = await walletOf(ada).statement({ currency: 'NGN' });
    expect(page).toEqual({
      currency: 'NGN',
      openingMinor: 0,
      closingMinor: 123_450,
      lines: [
        {
          lineNumber: 1,
          transferId: expect.stringMatching(/^transfer_[0-9a-f-]{36}$/),
          postedAt: expect.any(Date),
          kind: 'adjustment.post',
          says: 'Correction',
          side: 'credit',
          amountMinor: 123_450,
          balanceMinor: 123_450,
          causeId: null,
          counterparty: { kind: 'platform', name: 'ErrandDash' },
        },
      ],
      nextCursor: null,
      latestHead: null,
    });
  });

  test('comes as files', async () => {
    const asked = { currency: 'NGN', from: '2020-01-01', to: '2040-12-31' } as const;
    const csv = await walletOf(ada).exportStatement({ ...asked, format: 'csv' });
    expect(csv).toMatchObject({ fileName: 'errand-dash-NGN-available-2020-01-01-2040-12-31.csv', lines: 1 });
    expect(Buffer.from(csv.contentBase64, 'base64').toString('utf8')).toContain(',1234.50,,1234.50,"NGN"');
    const pdf = await walletOf(ada).exportStatement({ ...asked, format: 'pdf' });
    expect(Buffer.from(pdf.contentBase64, 'base64').toString('latin1')).toMatch(
      /^%PDF-1\.\d[\s\S]*%%EOF\s*$/,
    );
  });

  test.each([
    { from: '2026-02-30' },
    { from: '01.03.2026' },
    { kinds: [] },
    { kinds: ['escrow.hold; drop'] },
    { limit: 101 },
    { withReceipts: 'yes' },
    { account: { purpose: 'fees' } },
    { account: { purpose: 'available', ownerId: 'x' } },
    { counterparty: { kind: 'person' } },
    { currency: 'XAU' },
  ])('takes no %j', async (given) => {
    const call = walletOf(ada).statement({ currency: 'NGN', ...given } as { currency: 'NGN' });
    await expect(call).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('what was at an instant', () => {
  test('is told to the person', async () => {
    const nothing = { currency: 'NGN', availableMinor: 0, heldMinor: 0, frozenMinor: 0, onTheWayMinor: 0 };
    const before = new Date('2020-01-01T00:00:00Z');
    expect(await walletOf(ada).balancesAt({ at: before })).toEqual({ at: before, balances: [nothing] });
    const ahead = new Date('2040-01-01T00:00:00Z');
    expect((await walletOf(ada).balancesAt({ at: ahead })).balances).toEqual([
      { ...nothing, availableMinor: 123_450 },
    ]);
  });

  test('may be in any year of four digits, as the days of a statement may', async () => {
    const { lines } = await walletOf(ada).statement({
      currency: 'NGN',
      from: '0000-01-01',
      to: '9999-12-31',
    });
    expect(lines).toHaveLength(1);
    for (const [at, availableMinor] of [
      ['0001-01-01T00:00:00.000Z', 0],
      ['9999-12-31T23:59:59.999Z', 123_450],
    ] as const) {
      const { balances } = await walletOf(ada).balancesAt({ at: new Date(at) });
      expect(balances[0]).toMatchObject({ availableMinor });
    }
    for (const milliseconds of [-8.64e15, -6.3e13, 2.6e14, 8.64e15, Number.NaN]) {
      const asked = walletOf(ada).balancesAt({ at: new Date(milliseconds) });
      await expect(asked, String(milliseconds)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  test('is told of the whole book to who is on this machine', async () => {
    const read = async (at: string) =>
      (await fetch(`${api.opsUrl}/trial-balance?at=${encodeURIComponent(at)}`)).json();
    expect(await read('2040-01-01T00:00:00+01:00')).toEqual({
      at: '2039-12-31T23:00:00.000Z',
      isSound: true,
      lines: [
        { currency: 'NGN', purpose: 'adjustments', totalMinor: -123_450 },
        { currency: 'NGN', purpose: 'available', totalMinor: 123_450 },
      ],
    });
    expect(await read('2020-01-01T00:00:00Z')).toMatchObject({
      lines: [{ totalMinor: 0 }, { totalMinor: 0 }],
    });
    for (const query of ['', '?at=today', '?at=2026-03-01T00:00:00', '?at=2026-03-01T00:00:00Z&at=x']) {
      const refused = await fetch(`${api.opsUrl}/trial-balance${query}`);
      expect(refused.status, query).toBe(400);
      expect(await refused.json()).toMatchObject({ error: { code: 'INPUT_INVALID' } });
    }
  });
});
