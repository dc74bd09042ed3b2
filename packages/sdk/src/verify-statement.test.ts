import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeSealer, type Sealer } from './testing/make-receipt.ts';
import { type MadeStatement, makeStatement } from './testing/make-statement.ts';
import {
  type LineVerdict,
  type StatementLine,
  type StatementPage,
  type VerifyStatement,
  verifyStatement,
} from './verify-statement.ts';

let sealer: Sealer;
let made: MadeStatement;
/** A copy for each test to spoil. Its newest line is not sealed yet; lines 1 to 3 are in head 1, 4 and 5 in head 2. */
let page: StatementPage;
beforeAll(async () => {
  sealer = await makeSealer('seal-2026');
  made = await makeStatement(sealer, { batches: [3, 2], unsealed: 1 });
});
beforeEach(() => {
  page = structuredClone(made.page);
  vi.stubGlobal('fetch', () => {
    throw new Error('nobody is asked');
  });
});
afterEach(() => vi.unstubAllGlobals());

const verify = (given: unknown = page, more: Partial<VerifyStatement> = {}) =>
  verifyStatement(given as StatementPage, {
    keys: sealer.keys,
    account: { purpose: 'available', userId: made.userId },
    currency: 'NGN',
    ...more,
  });
const line = (lineNumber: number): StatementLine => {
  const found = page.lines.find((each) => each.lineNumber === lineNumber);
  if (found === undefined) throw new Error('there is no such line');
  return found;
};
const receiptOf = (lineNumber: number) => {
  const { receipt } = line(lineNumber);
  if (!receipt) throw new Error('the line has no receipt');
  return receipt;
};
/** What is wrong with which line, by its number. */
const faultsOf = (lines: readonly LineVerdict[]) =>
  lines.flatMap((verdict, index) =>
    verdict.state === 'wrong' ? [[page.lines[index]?.lineNumber, verdict.fault]] : [],
  );
const wrongLines = async (more?: Partial<VerifyStatement>) => {
  const verdict = await verify(page, more);
  expect(verdict).toMatchObject({ isValid: false, isProved: false });
  return faultsOf(verdict.lines);
};

describe('a page', () => {
  test('holds, and says of each line whether it is proved or not sealed yet', async () => {
    expect(await verify()).toEqual({
      isValid: true,
      isProved: false,
      isUnbroken: true,
      lines: [
        { state: 'unsealed' },
        ...[2, 2, 1, 1, 1].map((headNumber) => ({ state: 'proved', headNumber })),
      ],
      headFault: null,
      latestHead: made.heads[1],
    });
    page.lines.shift();
    expect(await verify()).toMatchObject({ isValid: true, isProved: true });
  });

  test('holds when it was kept as text in between', async () => {
    expect(await verify(JSON.parse(JSON.stringify(page)))).toMatchObject({ isValid: true });
  });

  test('holds with heads that were seen before, up to its own', async () => {
    expect(await verify(page, { seenHeads: made.heads })).toMatchObject({ isValid: true, headFault: null });
  });

  test('of which a filter left lines out holds', async () => {
    page.lines = page.lines.filter(({ lineNumber }) => lineNumber % 2 === 0);
    expect(await verify()).toMatchObject({ isValid: true });
  });

  test('of which a line was left out holds, and is broken', async () => {
    page.lines.shift();
    expect(await verify()).toMatchObject({ isProved: true, isUnbroken: true });
    page.lines.splice(2, 1);
    expect(await verify()).toMatchObject({ isProved: true, isUnbroken: false });
  });

  test('of an empty ledger holds, and has no head to keep', async () => {
    const empty = await makeStatement(sealer, { batches: [], unsealed: 2 });
    expect(await verify(empty.page)).toMatchObject({ isValid: true, isProved: false, latestHead: null });
    expect(await verify({ ...empty.page, lines: [] })).toMatchObject({ isValid: true, isProved: true });
  });

  test.each([null, 'x', {}, { currency: 'NGN', latestHead: null, lines: [null] }])(
    '%j is none',
    async (value) => {
      expect(await verify(value)).toMatchObject({ isValid: false, headFault: 'PAGE_MALFORMED' });
    },
  );
});

describe('a line that was changed is named', () => {
  test.each([
    ['its amount', { amountMinor: 1 }, 'LINE_OTHER'],
    ['its balance', { balanceMinor: 1 }, 'LINE_OTHER'],
    ['its number', { lineNumber: 40 }, 'LINE_OTHER'],
    ['its kind', { kind: 'escrow.refund' }, 'LINE_OTHER'],
    ['its time, by a millisecond', { postedAt: new Date('2026-03-01T09:00:04.251Z') }, 'LINE_OTHER'],
    ['its id', { transferId: 'transfer_0198f000-0000-7000-8000-000000009999' }, 'LINE_OTHER'],
    ['what it is about', { causeId: 'errand_0198f000-0000-7000-8000-00000000000d' }, 'LINE_OTHER'],
    ['what it is about, which is left out', { causeId: null }, 'LINE_OTHER'],
    [
      'what it is about, under the id of another kind',
      { causeId: 'topup_0198f000-0000-7000-8000-00000000000c' },
      'LINE_OTHER',
    ],
    ['its side', { side: 'debit' }, 'ACCOUNT_OTHER'],
    ['an amount that is a text', { amountMinor: '104' }, 'MALFORMED'],
    ['a time that is none', { postedAt: 'x' }, 'MALFORMED'],
    ['a receipt that is left out', { receipt: undefined }, 'RECEIPT_ABSENT'],
    ['a receipt that is none', { receipt: {} }, 'MALFORMED'],
  ])('%s', async (_what, change, fault) => {
    const changed = line(4);
    Object.assign(changed, change);
    expect(await wrongLines()).toEqual([[changed.lineNumber, fault]]);
  });

  test.each<[string, () => void, string]>([
    ['the amount in it', () => (receiptOf(4).transfer.amountMinor += 1), 'NOT_IN_BATCH'],
    ['a node of its path', () => (receiptOf(4).path[0] = 'A'.repeat(43)), 'NOT_IN_BATCH'],
    ['its place', () => (receiptOf(4).position = 0), 'NOT_IN_BATCH'],
    [
      'its head',
      () => {
        const { head, signature } = receiptOf(4).head;
        receiptOf(4).head = { head: { ...head, total: head.total + 1 }, signature };
      },
      'SIGNATURE_WRONG',
    ],
    ['its salt', () => Object.assign(receiptOf(4).own[0] ?? {}, { salt: 'A'.repeat(43) }), 'SIDE_WRONG'],
    ['that of another line', () => (line(4).receipt = receiptOf(5)), 'LINE_OTHER'],
  ])('by its receipt: %s', async (_what, spoil, fault) => {
    spoil();
    expect(await wrongLines()).toEqual([[4, fault]]);
  });

  test('by who takes both a line and its receipt from another person’s statement', async () => {
    const other = await makeStatement(sealer, { batches: [3, 2], person: 2 });
    const stolen = other.page.lines.find(({ lineNumber }) => lineNumber === 3);
    if (stolen === undefined) throw new Error('there is no such line');
    page.lines[3] = stolen;
    expect(await wrongLines()).toEqual([[3, 'ACCOUNT_OTHER']]);
  });

  test.each<[string, VerifyStatement['account']]>([
    ['another person', { purpose: 'available', userId: 'user_0198f000-0000-7000-8000-000000000002' }],
    ['another account', { purpose: 'frozen', userId: 'user_0198f000-0000-7000-8000-000000000001' }],
    ['an escrow', { purpose: 'held', escrowId: 'escrow_0198f000-0000-7000-8000-000000000001' }],
    ['a withdrawal', { purpose: 'payout', withdrawalId: 'withdrawal_0198f000-0000-7000-8000-000000000001' }],
  ])('where the whole page is that of %s', async (_what, account) => {
    const sealed = [5, 4, 3, 2, 1].map((number) => [number, 'ACCOUNT_OTHER']);
    expect(await wrongLines({ account })).toEqual(sealed);
  });

  test('where all of it is said to be in another currency', async () => {
    page.currency = 'KES';
    expect(await verify()).toMatchObject({ isValid: false, isProved: false, headFault: 'CURRENCY_OTHER' });
    const named = await wrongLines({ currency: 'KES' });
    expect(named.map(([, fault]) => fault)).toEqual(Array(5).fill('ACCOUNT_OTHER'));
  });

  test('where all of it is that of another currency than was asked for', async () => {
    expect(await verify(page, { currency: 'KES' })).toMatchObject({
      ...{ isValid: false, isProved: false, headFault: 'CURRENCY_OTHER', latestHead: null },
    });
  });

  test('also where it is not sealed yet, if it does not follow from the one before', async () => {
    line(6).amountMinor += 1;
    expect(await wrongLines()).toEqual([[6, 'BALANCE_WRONG']]);
  });

  test.each([{ amountMinor: -106 }, { lineNumber: 0 }])(
    'also where it is no line at all: %j',
    async (change) => {
      const changed = line(6);
      Object.assign(changed, change);
      page.lines = [changed];
      expect(await wrongLines()).toEqual([[changed.lineNumber, 'MALFORMED']]);
    },
  );

  test('where it is said not to be sealed and lies between lines that are', async () => {
    Object.assign(line(4), { receipt: null, balanceMinor: line(4).balanceMinor + 5 });
    expect(await wrongLines()).toEqual([[4, 'BALANCE_WRONG']]);
  });

  test('where the first line of all has more than it brought', async () => {
    page.lines = [{ ...line(1), receipt: null, balanceMinor: 500 }];
    expect(await wrongLines()).toEqual([[1, 'BALANCE_WRONG']]);
  });

  test('where it stands twice, or in another place', async () => {
    page.lines.splice(2, 0, line(5));
    expect((await wrongLines()).map(([number]) => number)).toEqual([5]);
    page = structuredClone(made.page);
    page.lines.reverse();
    expect((await wrongLines()).length).toBeGreaterThan(0);
  });
});

describe('what a line is about', () => {
  test.each([
    ['top_up', 'topup_x'],
    ['withdrawal', 'withdrawal_x'],
    ['exchange_quote', 'exchange_quote_x'],
    ['errand', 'errand_x'],
    ['dispute_of_some_later_day', 'dispute_x'],
    ['dispute_of_some_later_day', null],
  ])('has the public id of its kind: %s as %s', async (type, causeId) => {
    const cause = { type, id: 'x' };
    const about = await makeStatement(sealer, { batches: [1], cause });
    Object.assign(about.page.lines[0] ?? {}, { causeId });
    expect(await verify(about.page)).toMatchObject({ isProved: true });
    Object.assign(about.page.lines[0] ?? {}, { causeId: 'user_x_y' });
    expect(await verify(about.page)).toMatchObject({ isValid: false });
  });
});

describe('a head', () => {
  test('of another history is found in the line that has it', async () => {
    const forked = await makeStatement(sealer, { batches: [3, 2], unsealed: 1, history: 'two' });
    const other = forked.page.lines.find(({ lineNumber }) => lineNumber === 2);
    line(2).receipt = structuredClone(other?.receipt ?? null);
    expect(await wrongLines()).toEqual([[2, 'HEAD_REPLACED']]);
  });

  test('of another history is found by the other lines alone', async () => {
    const batches = [1, 1, 1, 1];
    ({ page } = structuredClone(await makeStatement(sealer, { batches })));
    const forked = await makeStatement(sealer, { batches, history: 'two' });
    line(1).receipt = forked.page.lines.find(({ lineNumber }) => lineNumber === 1)?.receipt ?? null;
    expect(await wrongLines()).toEqual([[1, 'HEAD_REPLACED']]);
  });

  test('that was seen before finds out a page of another history', async () => {
    const forked = await makeStatement(sealer, { batches: [3, 2], unsealed: 1, history: 'two' });
    const given = await verify(forked.page);
    expect(given).toMatchObject({ isValid: true });
    for (const seen of made.heads)
      expect(await verify(forked.page, { seenHeads: [seen] })).toMatchObject({
        isValid: false,
        headFault: 'HEAD_REPLACED',
        latestHead: null,
      });
  });

  test('that was seen before finds out that the end was cut off', async () => {
    const short = await makeStatement(sealer, { batches: [3] });
    expect(await verify(short.page, { seenHeads: made.heads })).toMatchObject({
      isValid: false,
      headFault: 'CUT_OFF',
    });
    const empty = await makeStatement(sealer, { batches: [] });
    expect(await verify(empty.page, { seenHeads: made.heads })).toMatchObject({ headFault: 'HEAD_ABSENT' });
  });

  test('is named with every page that has receipts', async () => {
    page.latestHead = null;
    expect(await verify()).toMatchObject({ isValid: false, headFault: 'HEAD_ABSENT' });
  });

  test('is the newest of its page', async () => {
    page.latestHead = made.heads[0] ?? null;
    expect(await wrongLines()).toEqual([
      [5, 'HEAD_REPLACED'],
      [4, 'HEAD_REPLACED'],
    ]);
  });

  test('must be signed', async () => {
    if (page.latestHead === null) throw new Error('there is a head');
    page.latestHead.head.number += 1;
    expect(await verify()).toMatchObject({ isValid: false, headFault: 'SIGNATURE_WRONG', latestHead: null });
    expect(await verify(made.page, { keys: { keys: [] } })).toMatchObject({ headFault: 'KEY_UNKNOWN' });
    expect(await verify({ ...page, latestHead: {} })).toMatchObject({ headFault: 'MALFORMED' });
  });
});
