import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ListPage, ListPosition } from '../client/paging.ts';
import type { PaystackResult } from '../client/result.ts';
import { demoReference, okValue, type SandboxFixture, startSandboxFixture } from './sandbox-fixture.ts';

let now: Date;
let fixture: SandboxFixture;

beforeEach(async () => {
  now = new Date('2026-01-01T00:00:00Z');
  fixture = await startSandboxFixture({ now: () => now });
});
afterEach(() => fixture.close());

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

/** Seven payments, one a minute from minute 1; the even ones are paid. */
async function payments(): Promise<void> {
  for (let number = 1; number <= 7; number += 1) {
    now = at(number);
    const opened = await fixture.paystack.initializeTransaction({
      email: 'ada@example.test',
      amountMinor: 1_000_000n,
      currency: 'NGN',
      reference: demoReference('tu', number),
    });
    if (number % 2 === 0) {
      await fixture.act(okValue(opened).authorizationUrl, 'pay');
    }
  }
}

async function walk<Item>(
  fetchPage: (position?: ListPosition) => Promise<PaystackResult<ListPage<Item>>>,
  start?: ListPosition,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  let position: ListPosition | null | undefined = start;
  while (position !== null) {
    const { items, next }: ListPage<Item> = okValue(await fetchPage(position));
    pages.push([...items]);
    position = next;
  }
  return pages;
}

const numbersOf = (pages: { reference: string }[][]) =>
  pages.map((page) => page.map(({ reference }) => Number(reference.slice(-2))));

describe('a list of payments', () => {
  it.each([
    ['by cursor', undefined],
    ['by page', { kind: 'page', page: 1 } as const],
  ])('is walked %s, newest first, each once', async (_name, start) => {
    await payments();
    const pages = await walk(
      (position) => fixture.paystack.listTransactions({ perPage: 3, ...(position && { position }) }),
      start,
    );
    expect(numbersOf(pages)).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
  });

  it('by cursor shows nothing twice when payments come in meanwhile', async () => {
    await payments();
    const first = okValue(await fixture.paystack.listTransactions({ perPage: 4 }));
    await fixture.paystack.initializeTransaction({
      email: 'ada@example.test',
      amountMinor: 1n,
      currency: 'NGN',
      reference: demoReference('tu', 8),
    });
    if (first.next === null) {
      throw new Error('The list ended early');
    }
    const second = okValue(await fixture.paystack.listTransactions({ perPage: 4, position: first.next }));
    expect(numbersOf([[...second.items]])).toEqual([[3, 2, 1]]);
  });

  it('keeps to from, to and status', async () => {
    await payments();
    const window = okValue(await fixture.paystack.listTransactions({ from: at(2), to: at(5) }));
    expect(numbersOf([[...window.items]])).toEqual([[5, 4, 3, 2]]);
    const paid = okValue(await fixture.paystack.listTransactions({ status: 'success' }));
    expect(numbersOf([[...paid.items]])).toEqual([[6, 4, 2]]);
  });

  it('is empty at the start', async () => {
    expect(okValue(await fixture.paystack.listTransactions({}))).toEqual({ items: [], next: null });
    expect(okValue(await fixture.paystack.listTransfers({}))).toEqual({ items: [], next: null });
    expect(okValue(await fixture.paystack.listBalanceLedger({}))).toEqual({ items: [], next: null });
  });

  it.each(['per_page=0', 'per_page=101', 'per_page=x', 'page=0', 'from=yesterday', 'use_cursor=true&next=x'])(
    'refuses %s',
    async (query) => {
      await expect(fixture.control('GET', `/transaction?${query}`)).rejects.toThrow('400');
    },
  );
});

describe('the ledger', () => {
  it('is walked by page, and each balance follows from the one before', async () => {
    await payments();
    const pages = await walk((position) =>
      fixture.paystack.listBalanceLedger({ perPage: 2, page: position?.kind === 'page' ? position.page : 1 }),
    );
    expect(pages.map((page) => page.length)).toEqual([2, 1]);
    let balanceMinor = 0n;
    for (const row of pages.flat().toReversed()) {
      balanceMinor += row.differenceMinor;
      expect(row.balanceMinor).toBe(balanceMinor);
    }
    expect(okValue(await fixture.paystack.fetchBalance())).toEqual([{ currency: 'NGN', balanceMinor }]);
  });
});

describe('a list of transfers', () => {
  it('is walked by cursor and kept to a status and a recipient', async () => {
    await fixture.control('POST', '/sandbox/balance', { amountMinor: 100_000_000 });
    const recipients = [];
    for (const accountNumber of ['0123456781', '0123456782']) {
      const account = { name: 'Ada Demo', accountNumber, bankCode: '058', currency: 'NGN' };
      recipients.push(okValue(await fixture.paystack.createTransferRecipient(account)).recipientCode);
    }
    await fixture.plan({ kind: 'transfer_outcome', outcome: 'otp', times: 2 });
    for (let number = 1; number <= 5; number += 1) {
      const recipientCode = recipients[number % 2] ?? '';
      const reference = demoReference('wd', number);
      const order = { amountMinor: 1_000n, currency: 'NGN', recipientCode, reference };
      okValue(await fixture.paystack.initiateTransfer(order));
    }
    const pages = await walk((position) =>
      fixture.paystack.listTransfers({ perPage: 2, ...(position && { position }) }),
    );
    expect(numbersOf(pages)).toEqual([[5, 4], [3, 2], [1]]);
    const otp = okValue(await fixture.paystack.listTransfers({ status: 'otp' }));
    expect(numbersOf([[...otp.items]])).toEqual([[2, 1]]);
    const recipientCode = recipients[0] ?? '';
    const toOne = okValue(await fixture.paystack.listTransfers({ recipientCode }));
    expect(numbersOf([[...toOne.items]])).toEqual([[4, 2]]);
  });
});
