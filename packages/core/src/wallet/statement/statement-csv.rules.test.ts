import { describe, expect, test } from 'vitest';
import { writeStatementCsv } from './statement-csv.rules.ts';
import { sampleLine } from './testing/sample-line.ts';

/** The fields of a file as RFC 4180 reads them, with the mark at its beginning taken off. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end = ''] of text
    .replace(/^\uFEFF/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
    if (end === '') break;
  }
  return rows.filter((fields) => fields.length > 1);
}

const named = (displayName: string) =>
  sampleLine({ counterparty: { kind: 'person', userId: 'x', handle: 'demo_x', displayName } });
const counterpartyIn = (text: string) => parseCsv(text)[1]?.[3];

describe('a statement as CSV', () => {
  test('is UTF-8 with a mark, a header and a line each, oldest first', () => {
    const text = writeStatementCsv({
      currency: 'NGN',
      lines: [
        sampleLine({ side: 'debit', lineNumber: 8n, amountMinor: 5n, balanceMinor: 1_404_995n }),
        sampleLine(),
      ],
    });
    expect(text).toBe(
      '\uFEFF"line","posted_at","description","counterparty","handle","money_in","money_out","balance",' +
        '"currency","kind","about","transfer"\r\n' +
        '7,2026-03-01T23:30:00.000Z,"Paid for an errand","Ada Demo","demo_ada",4050.00,,14050.00,"NGN",' +
        '"escrow.release","errand_019a0000-0000-7000-8000-0000000000e1",' +
        '"transfer_019a0000-0000-7000-8000-000000000001"\r\n' +
        '8,2026-03-01T23:30:00.000Z,"Paid for an errand","Ada Demo","demo_ada",,0.05,14049.95,"NGN",' +
        '"escrow.release","errand_019a0000-0000-7000-8000-0000000000e1",' +
        '"transfer_019a0000-0000-7000-8000-000000000001"\r\n',
    );
    expect(Buffer.from(text, 'utf8').subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  });

  test('of no lines is its header', () => {
    expect(parseCsv(writeStatementCsv({ currency: 'NGN', lines: [] }))).toHaveLength(1);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1', '  =1', '\u00a0=1', "=cmd|' /C calc'!A0"])(
    'a name that begins like the formula %j is a text',
    (name) => {
      expect(counterpartyIn(writeStatementCsv({ currency: 'NGN', lines: [named(name)] }))).toBe(`'${name}`);
    },
  );

  test.each([
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['\n=1', "'\n'=1"],
    ['a;=1', "a;'=1"],
    ['a; +1;@b', "a; '+1;'@b"],
    ['a";=1', `a";'=1`],
    ['a|-1', "a|'-1"],
    ['one\r\n=1', "one\r\n'=1"],
    ['a;＝1', "a;'＝1"],
  ])('a name in which a cell may begin with a formula is a text there too: %j', (name, harmless) => {
    const text = writeStatementCsv({ currency: 'NGN', lines: [named(name)] });
    expect(counterpartyIn(text)).toBe(harmless);
    // As a spreadsheet reads it whose separator is the semicolon, and to which those quotes say nothing.
    for (const cell of text.split(/[;\r\n]/)) expect(cell.trim()).not.toMatch(/^[=+\-@＝]/);
  });

  test.each(['Ada, the "Swift"', 'a;b', 'a-b; c+d', 'Zoë ₦', "'=1", 'one\r\ntwo', '1=1'])(
    'a name such as %j comes back as it was',
    (name) => {
      const text = writeStatementCsv({ currency: 'NGN', lines: [named(name), sampleLine()] });
      expect(parseCsv(text).map((fields) => fields.length)).toEqual([12, 12, 12]);
      expect(parseCsv(text)[2]?.[3]).toBe(name);
    },
  );

  test.each([
    ['JPY', '405000', '1405000'],
    ['KWD', '405.000', '1405.000'],
    ['USD', '4050.00', '14050.00'],
  ] as const)('has the decimals of %s', (currency, amount, balance) => {
    const [, fields] = parseCsv(writeStatementCsv({ currency, lines: [sampleLine()] }));
    expect([fields?.[5], fields?.[7]]).toEqual([amount, balance]);
  });
});
