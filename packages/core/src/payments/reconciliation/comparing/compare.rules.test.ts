import { describe, expect, test } from 'vitest';
import { after } from '../../../clock.ts';
import { type ChainedRow, chainFinding, openingFinding } from './book.rules.ts';
import { compareTransaction, type TransactionSubject } from './compare-transaction.rules.ts';
import { compareTransfer, type TransferSubject } from './compare-transfer.rules.ts';
import { amountText, type BookRow, type ComparisonContext, type ListedObject } from './comparison.rules.ts';

const startedAt = new Date('2026-03-01T12:00:00Z');
const before = after(startedAt, -3600);
const context: ComparisonContext = {
  now: after(startedAt, 60),
  startedAt,
  coveredFrom: after(startedAt, -3 * 86_400),
  settleWithinSeconds: 2 * 86_400,
};
const row = (differenceMinor: bigint, given: Partial<BookRow> = {}): BookRow => ({
  rowId: `row${differenceMinor}`,
  currency: 'NGN',
  differenceMinor,
  isLate: false,
  ...given,
});
const listed = (
  status: string,
  feeMinor: bigint | null,
  given: Partial<ListedObject> = {},
): ListedObject => ({
  reference: 'demo-reference-0001',
  status,
  currency: 'NGN',
  amountMinor: 2000n,
  feeMinor,
  createdAt: before,
  isCurrent: true,
  ...given,
});
const heard = { isWaiting: false, setAsideReason: null };

const payment = { providerObject: '7', paidMinor: 2000n, paidCurrency: 'NGN', providerFeeMinor: 40n };
const paidTopUp = {
  id: 'top-up',
  reference: 'demo-reference-0001',
  state: 'succeeded',
  currency: 'NGN',
  amountMinor: 2000n,
  endedAt: before,
  payment,
} as const satisfies TransactionSubject['topUp'];
const openTopUp = { ...paidTopUp, state: 'pending', endedAt: null, payment: null } as const;
const transaction: TransactionSubject = {
  objectId: '7',
  object: listed('success', 40n),
  topUp: paidTopUp,
  rows: [row(1960n)],
  heard,
};

const paid = {
  id: 'withdrawal',
  reference: 'demo-reference-0001',
  state: 'paid',
  currency: 'NGN',
  amountMinor: 2000n,
  sentAt: before,
  endedAt: before,
  leasedUntil: null,
  transfer: { providerObject: '9', status: 'success', feeMinor: 10n },
} as const satisfies TransferSubject['withdrawal'];
const sent = { ...paid, state: 'sent', endedAt: null } as const;
const sending = { ...sent, state: 'sending', sentAt: null, transfer: null } as const;
const returned = { ...paid, state: 'returned' } as const;
const refused = { ...returned, transfer: null, sentAt: null } as const;
const reversed = { ...paid, state: 'reversed' } as const;
const transfer: TransferSubject = {
  objectId: '9',
  object: listed('success', 10n),
  withdrawal: paid,
  rows: [row(-2010n)],
  heard,
};
const back = [row(-2010n), row(2010n)];

const told = (verdict: ReturnType<typeof compareTransaction>): string[] | null =>
  verdict.isSettled ? verdict.findings.map(({ kind, money }) => `${kind} ${money?.amountMinor}`) : null;

describe('a payment', () => {
  const cases: [string, Partial<TransactionSubject>, string[] | null][] = [
    ['that all three sides have alike', {}, []],
    ['whose takings are still to come', { rows: [] }, []],
    ['whose takings came up while the lists were read', { rows: [row(1960n, { isLate: true })] }, null],
    ['that was credited while the lists were read', { topUp: { ...paidTopUp, endedAt: startedAt } }, null],
    ['that is open on both sides', { topUp: openTopUp, object: listed('pending', null), rows: [] }, []],
    [
      'that failed on both sides',
      { topUp: { ...openTopUp, state: 'failed' }, object: listed('failed', null), rows: [] },
      [],
    ],
    ['that only the provider has ended', { topUp: openTopUp }, ['webhook_missed 2000']],
    [
      'that the provider ended while its lists were read',
      { topUp: openTopUp, rows: [row(1960n, { isLate: true })] },
      ['webhook_missed 2000'],
    ],
    [
      'of which only a late row is known',
      { topUp: null, object: null, rows: [row(1960n, { isLate: true })] },
      null,
    ],
    ['whose webhook is to be worked', { topUp: openTopUp, heard: { ...heard, isWaiting: true } }, null],
    [
      'that succeeded after it had failed',
      { topUp: { ...openTopUp, state: 'failed', endedAt: before } },
      ['webhook_missed 2000'],
    ],
    [
      'that the ledger alone shows as paid',
      { topUp: openTopUp, object: listed('abandoned', null, { isCurrent: false }) },
      ['webhook_missed 2000'],
    ],
    ['that is nobody’s', { topUp: null }, ['provider_object_unknown 2000']],
    ['that is nobody’s and came to nothing', { topUp: null, object: listed('failed', null), rows: [] }, []],
    ['of which only a row is known', { topUp: null, object: null }, ['book_row_unmatched 1960']],
    [
      'that is another one under our reference',
      { topUp: { ...paidTopUp, payment: { ...payment, providerObject: '8' } } },
      ['provider_object_unknown 2000'],
    ],
    ['that was reversed since', { object: listed('reversed', 40n) }, ['status_differs 2000']],
    [
      'with another amount',
      { object: listed('success', 40n, { amountMinor: 2500n }) },
      ['amount_differs 500'],
    ],
    ['in another currency', { object: listed('success', 40n, { currency: 'USD' }) }, ['amount_differs 2000']],
    ['with another fee', { object: listed('success', 50n) }, ['fee_differs 10']],
    [
      'with another fee, which the ledger shows too',
      { object: listed('success', 50n), rows: [row(1950n)] },
      ['fee_differs 10'],
    ],
    ['of which the ledger has less', { rows: [row(1950n)] }, ['amount_differs 10']],
    [
      'whose takings came in another currency',
      { rows: [row(1960n, { currency: 'USD' })] },
      ['amount_differs 1960'],
    ],
    ['whose takings came twice', { rows: [row(1960n), row(1960n)] }, ['duplicate_effect 1960']],
    ['that was taken back by the ledger', { rows: [row(1960n), row(-1960n)] }, ['book_row_unmatched 1960']],
    [
      'whose takings are overdue',
      {
        rows: [],
        topUp: { ...paidTopUp, endedAt: after(startedAt, -2 * 86_400) },
        object: listed('success', 40n, { createdAt: after(startedAt, -2 * 86_400 - 60) }),
      },
      ['book_row_missing 1960'],
    ],
    [
      'whose takings are overdue, from before anything was read',
      {
        rows: [],
        topUp: { ...paidTopUp, endedAt: after(startedAt, -2 * 86_400) },
        object: listed('success', 40n, { createdAt: after(startedAt, -4 * 86_400) }),
      },
      [],
    ],
  ];
  test.each(cases)('%s', (_name, change, expected) => {
    expect(told(compareTransaction({ ...transaction, ...change }, context))).toEqual(expected);
  });
});

describe('a transfer', () => {
  const cases: [string, Partial<TransferSubject>, string[] | null][] = [
    ['that all three sides have alike', {}, []],
    ['whose row came up while the lists were read', { rows: [row(-2010n, { isLate: true })] }, null],
    ['that was paid while the lists were read', { withdrawal: { ...paid, endedAt: startedAt } }, null],
    ['that is under way on all sides', { withdrawal: sent, object: listed('pending', 10n) }, []],
    ['of which we have no answer yet', { withdrawal: sending, object: listed('pending', 10n) }, []],
    [
      'about which somebody speaks with the provider',
      { withdrawal: { ...sending, leasedUntil: after(startedAt, 90) } },
      null,
    ],
    ['that ended while our row is sending', { withdrawal: sending }, ['webhook_missed 2000']],
    ['that was paid unheard', { withdrawal: sent }, ['webhook_missed 2000']],
    ['whose webhook is to be worked', { withdrawal: sent, heard: { ...heard, isWaiting: true } }, null],
    [
      'that failed unheard',
      { withdrawal: sent, object: listed('failed', 0n), rows: back },
      ['webhook_missed 2000'],
    ],
    [
      'that was blocked, which nobody is told',
      { withdrawal: sent, object: listed('blocked', 0n), rows: back },
      [],
    ],
    ['that came back unheard', { object: listed('reversed', 0n), rows: back }, ['webhook_missed 2000']],
    [
      'that came back, which the ledger alone shows',
      { object: listed('success', 10n, { isCurrent: false }), rows: back },
      ['webhook_missed 2000'],
    ],
    ['that failed after it was paid', { object: listed('failed', 0n), rows: back }, ['status_differs 2000']],
    ['that was paid after it was returned', { withdrawal: returned }, ['status_differs 2000']],
    ['that was returned', { withdrawal: returned, object: listed('failed', 0n), rows: back }, []],
    [
      'that came back after it was paid',
      { withdrawal: reversed, object: listed('reversed', 0n), rows: back },
      [],
    ],
    ['that was refused and is there', { withdrawal: refused }, ['status_differs 2000']],
    ['that is nobody’s', { withdrawal: null }, ['provider_object_unknown 2010']],
    [
      'that is nobody’s and came to nothing',
      { withdrawal: null, object: listed('failed', 0n), rows: back },
      ['provider_object_unknown 2000'],
    ],
    ['of which only a row is known', { withdrawal: null, object: null }, ['book_row_unmatched 2010']],
    ['with another amount', { object: listed('success', 10n, { amountMinor: 1999n }) }, ['amount_differs 1']],
    ['with another fee', { object: listed('success', 25n) }, ['fee_differs 15']],
    [
      'with another fee, which the ledger shows too',
      { object: listed('success', 25n), rows: [row(-2025n)] },
      ['fee_differs 15'],
    ],
    ['of which the list names no fee', { object: listed('success', null) }, []],
    ['without a row', { rows: [] }, ['book_row_missing 2010']],
    [
      'without a row, from before anything was read',
      { rows: [], object: listed('success', 10n, { createdAt: null }) },
      [],
    ],
    ['whose money went twice', { rows: [row(-2010n), row(-2010n)] }, ['duplicate_effect 2010']],
    ['of which the ledger took more', { rows: [row(-2500n)] }, ['amount_differs 490']],
    [
      'that came to nothing, and whose money is not back',
      { withdrawal: returned, object: listed('failed', 0n) },
      ['book_row_missing 2010'],
    ],
    [
      'of whose money the provider kept the fee',
      { withdrawal: returned, object: listed('failed', 0n), rows: [row(-2010n), row(2000n)] },
      ['amount_differs 10'],
    ],
  ];
  test.each(cases)('%s', (_name, change, expected) => {
    expect(told(compareTransfer({ ...transfer, ...change }, context))).toEqual(expected);
  });
});

test.each([
  [100n, 50n, 150n, null],
  [100n, 50n, 151n, 1n],
  [100n, -50n, 0n, 50n],
  [null, 50n, 7n, null],
])('after %s a row of %s leaves %s: off by %s', (balanceBeforeMinor, differenceMinor, balanceMinor, off) => {
  const line: ChainedRow = { rowId: '1', currency: 'NGN', differenceMinor, balanceMinor, balanceBeforeMinor };
  expect(chainFinding(line)?.money?.amountMinor ?? null).toBe(off);
});

test.each([
  [0n, 0n, null],
  [500n, 500n, null],
  [500n, 0n, 500n],
  [0n, 500n, 500n],
])(
  'a balance that began with %s beside corrections of %s: off by %s',
  (openingMinor, correctionsMinor, off) => {
    const finding = openingFinding({ currency: 'NGN', openingMinor, correctionsMinor });
    expect(finding?.money?.amountMinor ?? null).toBe(off);
  },
);

test.each([
  [1n, 'NGN', '₦0.01'],
  [-250_050n, 'NGN', '−₦2,500.50'],
  [-7n, 'USD', '−US$0.07'],
])('%s of %s is written %s', (minor, currency, text) => {
  expect(amountText(minor, currency)).toBe(text);
});
