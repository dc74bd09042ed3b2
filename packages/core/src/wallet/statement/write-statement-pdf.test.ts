import { currencyCodes } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../money.ts';
import type { SignedHead } from '../../seals/index.ts';
import { pdfText } from './testing/pdf-text.ts';
import { sampleLine } from './testing/sample-line.ts';
import { type StatementPaper, writeStatementPdf } from './write-statement-pdf.ts';

const latestHead: SignedHead = {
  head: {
    ...{ version: 1, chain: 'ledger', number: 1234, size: 3, total: 9_999, root: 'r'.repeat(43) },
    ...{ previousHead: 'p'.repeat(43), sealedAt: '2026-03-31T22:59:00.000Z', keyId: 'seal-2026' },
  },
  signature: 's'.repeat(86),
};

const paper = (given: Partial<StatementPaper> = {}): StatementPaper => ({
  currency: 'NGN',
  openingMinor: 1_000_000n,
  closingMinor: 1_404_995n,
  lines: [
    sampleLine({
      side: 'debit',
      lineNumber: 8n,
      amountMinor: 5n,
      balanceMinor: 1_404_995n,
      counterparty: { kind: 'platform', name: 'ErrandDash' },
    }),
    sampleLine(),
  ],
  owner: { userId: 'x', handle: 'demo_bayo', displayName: 'Báyọ̀ Demo' },
  account: 'available',
  from: '2026-03-01',
  to: '2026-03-31',
  isPartial: false,
  latestHead: null,
  headsAddress: 'https://api.errand.example/ledger/heads',
  date: new Date('2026-03-31T23:00:00.000Z'),
  ...given,
});

describe('a statement as PDF', () => {
  test('says whose it is, of which days, both balances and each line, oldest first', async () => {
    const pages = pdfText(await writeStatementPdf(paper()));
    expect(pages).toHaveLength(1);
    expect(pages[0]?.split('\n')).toEqual([
      'ErrandDash: account statement',
      'Of: Báyọ̀ Demo (@demo_bayo)',
      'Account: Available money, Nigerian naira (NGN)',
      'Period: 2026-03-01 to 2026-03-31, days of Lagos',
      'Opening balance: ₦10,000.00',
      'When (Lagos) | What | In | Out | Balance',
      '2026-03-02 00:30:00 | Paid for an errand · @demo_ada | ₦4,050.00 | ₦14,050.00',
      '2026-03-02 00:30:00 | Paid for an errand · ErrandDash | ₦0.05 | ₦14,049.95',
      'Closing balance | ₦14,049.95',
      'Nothing of the ledger is sealed yet.',
      'Page 1 of 1',
    ]);
  });

  test('cuts no digit off, whatever the amount and the currency', async () => {
    const most = 2n ** 53n - 1n;
    const given = { openingMinor: most, closingMinor: most, isPartial: false };
    const lines = (['debit', 'credit'] as const).map((side) =>
      sampleLine({ side, amountMinor: most, balanceMinor: most }),
    );
    for (const currency of currencyCodes) {
      const [page = ''] = pdfText(await writeStatementPdf(paper({ ...given, currency, lines })));
      const amount = formatAmount(most, currency);
      const rows = page.split('\n').slice(6, 9);
      expect(rows.slice(0, 2).map((row) => row.split(' | ').slice(2))).toEqual([
        [amount, amount],
        [amount, amount],
      ]);
      expect(rows[2]).toBe(`Closing balance | ${amount}`);
    }
  });

  test('of many lines has the headings on each page, every line once, and the pages’ numbers', async () => {
    const lines = Array.from({ length: 150 }, (_, index) =>
      sampleLine({ lineNumber: BigInt(150 - index), balanceMinor: BigInt(150 - index) }),
    );
    const pages = pdfText(await writeStatementPdf(paper({ lines, latestHead })));
    expect(pages.length).toBeGreaterThan(3);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain('When (Lagos) | What | In | Out | Balance');
      expect(page.split('\n').slice(-4, -1)).toEqual([
        'Newest head of the sealed ledger: https://api.errand.example/ledger/heads/1234 of 2026-03-31T22:59:00.000Z, ' +
          'signed by the key seal-2026',
        `Root ${latestHead.head.root}`,
        `Signature ${latestHead.signature}`,
      ]);
      expect(page.split('\n').at(-1)).toBe(`Page ${index + 1} of ${pages.length}`);
    }
    const balances = pages.flatMap((page) =>
      page.split('\n').flatMap((row) => (row.includes('Paid for') ? [row.split(' | ').at(-1)] : [])),
    );
    expect(balances).toEqual(Array.from({ length: 150 }, (_, index) => `₦${((index + 1) / 100).toFixed(2)}`));
  });

  test('has the decimals of its currency, and tells when it is a part', async () => {
    const [text = ''] = pdfText(
      await writeStatementPdf(paper({ currency: 'KWD', isPartial: true, from: null, lines: [] })),
    );
    expect(text).toContain('Opening balance: KD 1,000.000');
    expect(text).toContain('Period: from the first line to 2026-03-31');
    expect(text).toContain('Some lines only');
  });

  test('is the same to the byte for the same data', async () => {
    const [one, other] = [await writeStatementPdf(paper()), await writeStatementPdf(paper())];
    expect(one.equals(other)).toBe(true);
    expect(one.equals(await writeStatementPdf(paper({ closingMinor: 1n })))).toBe(false);
  });

  test('cuts a name that is too long for its column and keeps the row', async () => {
    const says = 'word '.repeat(60);
    const [text = ''] = pdfText(await writeStatementPdf(paper({ lines: [sampleLine({ says })] })));
    const row = text.split('\n').find((each) => each.includes('word')) ?? '';
    expect(row).toContain('…');
    expect(row).toMatch(/₦4,050\.00 \| ₦14,050\.00$/);
  });
});
