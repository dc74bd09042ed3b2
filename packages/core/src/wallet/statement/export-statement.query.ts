import type { ExportStatement } from '@errand-dash/contract';
import { lagosDayOf } from '../../lagos-day.rules.ts';
import { query } from '../../query.ts';
import { orThrow, refuse } from '../../refusal.ts';
import type { SignedHead } from '../../seals/index.ts';
import { findPublicUsers, requireUser } from '../../users/index.ts';
import { readStatement, type Statement } from './read-statement.ts';
import { writeStatementCsv } from './statement-csv.rules.ts';
import { writeStatementPdf } from './write-statement-pdf.ts';

/** A file for the person to keep. */
export interface StatementFile {
  fileName: string;
  mediaType: 'text/csv; charset=utf-8' | 'application/pdf';
  content: Buffer;
  lines: number;
  /** The newest head of the sealed ledger as the file was made. A spreadsheet has no place for it that is not a line. */
  latestHead: SignedHead | null;
}

/**
 * The statement of one of the person's accounts as a file, whole and oldest line first. Without a last day it ends
 * today. Refuses with `STATEMENT_TOO_LONG`, naming the day from which it would fit, and as the pages do.
 */
export const exportStatement = query(
  'wallet.exportStatement',
  async (db, { format, ...given }: ExportStatement, { viewer, now, core }): Promise<StatementFile> => {
    const { userId } = orThrow(requireUser(viewer));
    const asked = { ...given, to: given.to ?? lagosDayOf(now).day };
    const linesMax = core.policy.statement[format === 'csv' ? 'csvLinesMax' : 'pdfLinesMax'];
    const statement = await readStatement(db, userId, asked, {
      ...{ limit: linesMax, before: null, withReceipts: false },
    });
    if (statement.next !== null)
      orThrow(refuse('STATEMENT_TOO_LONG', { linesMax, fitsFrom: fitsFrom(statement) }));
    const name = ['errand-dash', asked.currency, asked.account.purpose, asked.from ?? 'start', asked.to].join(
      '-',
    );
    const { latestHead } = statement;
    const about = { lines: statement.lines.length, latestHead };
    if (format === 'csv') {
      const content = Buffer.from(writeStatementCsv(statement), 'utf8');
      return { fileName: `${name}.csv`, mediaType: 'text/csv; charset=utf-8', content, ...about };
    }
    const owner = (await findPublicUsers(db, [userId])).get(userId);
    if (owner === undefined) throw new Error('who asks for a statement is nobody');
    const content = await writeStatementPdf({
      ...statement,
      owner,
      account: asked.account.purpose,
      from: asked.from ?? null,
      to: asked.to,
      headsAddress: `${core.auth.issuer.replace(/\/$/, '')}/ledger/heads`,
      isPartial: asked.kinds !== undefined || asked.counterparty !== undefined,
      date: statement.period.to?.to ?? now,
    });
    return { fileName: `${name}.pdf`, mediaType: 'application/pdf', content, ...about };
  },
);

/** The day after that of the oldest line that has a place: with all of that day there would be more than have one. */
function fitsFrom({ lines, period }: Statement): string | null {
  const oldest = lines.at(-1);
  if (oldest === undefined) return null;
  const { day } = lagosDayOf(lagosDayOf(oldest.postedAt).to);
  const last = period.to?.day;
  return last !== undefined && day > last ? null : day;
}
