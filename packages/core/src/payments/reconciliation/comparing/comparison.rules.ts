import { type Currency, currencies } from '@errand-dash/contract';
import { formatAmount } from '../../../money.ts';
import type { Finding } from '../drifts/drift.ts';

/** A row of the provider's balance ledger that moved the balance for the subject. */
export interface BookRow {
  rowId: string;
  currency: string;
  differenceMinor: bigint;
  /** It came up while the provider's lists were read, so that they may not know of it yet. */
  isLate: boolean;
}

/** What the provider's list says of the subject. */
export interface ListedObject {
  reference: string;
  status: string;
  currency: string;
  amountMinor: bigint;
  feeMinor: bigint | null;
  createdAt: Date | null;
  /** Whether this run has read it; else it is what an earlier one read. */
  isCurrent: boolean;
}

/** What has come by webhook about the subject. */
export interface HeardOf {
  /** A delivery waits to be worked: its word is on its way. */
  isWaiting: boolean;
  setAsideReason: string | null;
}

/** The numbers of the run that compares. */
export interface ComparisonContext {
  now: Date;
  /** Nothing of what was read is older. What changed with us since is compared by the next run. */
  startedAt: Date;
  /** From here on every row of the provider's ledger was read by this run or an earlier one. */
  coveredFrom: Date;
  settleWithinSeconds: number;
}

/** What comparing one subject came to. What moved while it was read is not judged: the next run compares it. */
export type Verdict = { isSettled: false } | { isSettled: true; findings: Finding[] };

export const unsettled: Verdict = { isSettled: false };

export const judged = (...findings: (Finding | null)[]): Verdict => ({
  isSettled: true,
  findings: findings.filter((finding) => finding !== null),
});

/** An amount as an operator reads it. In a currency that we keep no accounts in the minor units are told. */
export function amountText(amountMinor: bigint, currency: string): string {
  const sign = amountMinor < 0n ? '−' : '';
  const absolute = distance(amountMinor, 0n);
  if (isOurs(currency)) return `${sign}${formatAmount(absolute, currency)}`;
  return `${sign}${currency} ${absolute} (minor units)`;
}

const isOurs = (currency: string): currency is Currency => Object.hasOwn(currencies, currency);

/** How far two amounts are apart. */
export const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

export const sumOf = (rows: readonly BookRow[]): bigint =>
  rows.reduce((sum, row) => sum + row.differenceMinor, 0n);

/** The name under which a row of the ledger is compared by itself. */
export const bookRowSubject = (rowId: string): string => `book_row/${rowId}`;

export const idsOf = (rows: readonly BookRow[]): string[] => rows.map(({ rowId }) => rowId);

/** Rows of the provider's ledger that belong to nothing of ours, each by itself. */
export function unmatchedRows(providerObject: string, rows: readonly BookRow[], why: string): Finding[] {
  return rows.map((row) => ({
    kind: 'book_row_unmatched',
    // Two equal rows are two drifts.
    subject: bookRowSubject(row.rowId),
    money: { amountMinor: distance(row.differenceMinor, 0n), currency: row.currency },
    objects: { providerObject, bookRowIds: [row.rowId] },
    cause: `The provider’s ledger has ${amountText(row.differenceMinor, row.currency)} for ${providerObject}: ${why}.`,
    command: null,
  }));
}

/** Why the provider's word did not reach us. */
export const whyUnheard = ({ setAsideReason }: HeardOf): string =>
  setAsideReason === null
    ? 'no webhook has brought its word'
    : `its webhook was set aside (${setAsideReason})`;
