import {
  formatId,
  type Counterparty as PresentedCounterparty,
  type StatementLine as PresentedLine,
  type StatementPage,
} from '@errand-dash/contract';
import {
  type Counterparty,
  presentReceipt,
  publicCauseId,
  type Statement,
  type StatementFile,
  type StatementLine,
} from '@errand-dash/core';
import { presentPublicUser } from './users.present.ts';

export function presentStatement(
  statement: Omit<Statement, 'next'> & { nextCursor: string | null },
): StatementPage {
  return {
    currency: statement.currency,
    openingMinor: Number(statement.openingMinor),
    closingMinor: Number(statement.closingMinor),
    lines: statement.lines.map(presentLine),
    nextCursor: statement.nextCursor,
    latestHead: statement.latestHead,
  };
}

/** A line as the account's owner sees it. By what it was posted, and the account at the other end, is not his affair. */
function presentLine(line: StatementLine): PresentedLine {
  return {
    lineNumber: Number(line.lineNumber),
    transferId: formatId('transfer', line.id),
    postedAt: line.postedAt,
    kind: line.kind,
    says: line.says,
    side: line.side,
    amountMinor: Number(line.amountMinor),
    balanceMinor: Number(line.balanceMinor),
    causeId: publicCauseId(line.cause),
    counterparty: line.counterparty && presentCounterparty(line.counterparty),
    ...(line.receipt === undefined ? {} : { receipt: line.receipt && presentReceipt(line.receipt) }),
  };
}

function presentCounterparty(counterparty: Counterparty): PresentedCounterparty {
  if (counterparty.kind !== 'person') return { kind: counterparty.kind, name: counterparty.name };
  return { kind: 'person', ...presentPublicUser(counterparty) };
}

export const presentStatementFile = ({ content, ...file }: StatementFile) => ({
  ...file,
  contentBase64: content.toString('base64'),
});
