import { formatId } from '@errand-dash/contract';
import { formatDecimal } from '../../money.ts';
import { publicCauseId } from './public-cause.rules.ts';
import type { Statement, StatementLine } from './read-statement.ts';

/**
 * A statement as RFC 4180 has it: a header, then a line each, oldest first, separated by CRLF.
 *
 * It begins with the byte order mark, without which spreadsheets on Windows take UTF-8 for the local code page and
 * spoil every name that is not ASCII. Amounts are plain decimal numbers of the currency, never negative but for a
 * balance within a movement; instants are ISO 8601 in UTC. Every text is quoted, and one that a spreadsheet would take
 * for a formula begins with an apostrophe instead, as does what would be one behind a semicolon (OWASP, CSV Injection).
 */
export function writeStatementCsv({ lines, currency }: Pick<Statement, 'lines' | 'currency'>): string {
  const rows = lines
    .toReversed()
    .map((line) => rowOf(line, (amount) => formatDecimal(amount, currency), currency));
  const header = columns.map(quoted).join();
  return `\uFEFF${[header, ...rows].join('\r\n')}\r\n`;
}

const columns = [
  ...['line', 'posted_at', 'description', 'counterparty', 'handle'],
  ...['money_in', 'money_out', 'balance', 'currency', 'kind', 'about', 'transfer'],
];

function rowOf(line: StatementLine, decimal: (amountMinor: bigint) => string, currency: string): string {
  const { counterparty, amountMinor, side, cause } = line;
  const name = counterparty?.kind === 'person' ? counterparty.displayName : counterparty?.name;
  return [
    line.lineNumber.toString(),
    line.postedAt.toISOString(),
    quoted(line.says),
    quoted(name ?? ''),
    quoted(counterparty?.kind === 'person' ? counterparty.handle : ''),
    side === 'credit' ? decimal(amountMinor) : '',
    side === 'debit' ? decimal(amountMinor) : '',
    decimal(line.balanceMinor),
    quoted(currency),
    quoted(line.kind),
    quoted(publicCauseId(cause) ?? ''),
    quoted(formatId('transfer', line.id)),
  ].join();
}

/** What spreadsheets take for the beginning of a formula, in the width of East Asia too, or skip before one. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * The same where a cell may begin within a text: where the comma is for decimals, spreadsheets part cells at semicolons,
 * and take no notice of quotes in a cell that does not begin with one.
 */
const formulaWithin = /([;|\t\r\n]\s*)(?=[=+\-@＝＋－＠])/g;

function quoted(text: string): string {
  const begun = formulaStart.test(text.trimStart()) || formulaStart.test(text) ? `'${text}` : text;
  const harmless = begun.replace(formulaWithin, "$1'");
  return `"${harmless.replaceAll('"', '""')}"`;
}
