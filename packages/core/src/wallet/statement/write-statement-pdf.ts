import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { currencies, type StatementAccount } from '@errand-dash/contract';
import PDFDocument from 'pdfkit';
import { lagosTimeOf } from '../../lagos-day.rules.ts';
import { formatAmount } from '../../money.ts';
import type { PublicUser } from '../../users/index.ts';
import type { Statement, StatementLine } from './read-statement.ts';

/** What a statement on paper says beside its lines. */
export interface StatementPaper
  extends Pick<Statement, 'currency' | 'openingMinor' | 'closingMinor' | 'lines' | 'latestHead'> {
  owner: PublicUser;
  account: StatementAccount['purpose'];
  /** The days in Lagos that it is about, as they are written. Null: from the first line on. */
  from: string | null;
  to: string;
  /** Whether lines were left out because others were asked for. */
  isPartial: boolean;
  /** Where anybody finds the heads of the ledger, each under its number. */
  headsAddress: string;
  /** The document's own date. The same data and date give the same bytes. */
  date: Date;
}

/**
 * A statement as PDF on A4, oldest line first; times are Lagos. At the foot of each page are its number and the newest
 * head of the sealed ledger. The font is embedded, for none of the fonts that a PDF may leave out has the sign of the
 * naira; of scripts it has Latin, Greek, Cyrillic, Arabic and Hebrew.
 */
export async function writeStatementPdf(paper: StatementPaper): Promise<Buffer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    font: fonts.plain,
    info: {
      Title: `Statement of ${paper.owner.displayName}`,
      Creator: 'ErrandDash',
      Producer: 'ErrandDash',
      CreationDate: paper.date,
      ModDate: paper.date,
    },
  });
  const written = collect(pdf);
  writeHead(pdf, paper);
  writeRow(pdf, headings, fonts.bold);
  for (const line of paper.lines.toReversed()) {
    if (pdf.y > LAST_ROW_AT) {
      // A page takes some milliseconds, and others wait for this process too.
      await setImmediate();
      pdf.addPage();
      writeRow(pdf, headings, fonts.bold);
    }
    writeRow(pdf, cellsOf(line, paper), fonts.plain);
  }
  if (pdf.y > LAST_ROW_AT) pdf.addPage();
  writeRow(
    pdf,
    ['', 'Closing balance', '', '', formatAmount(paper.closingMinor, paper.currency)],
    fonts.bold,
  );
  writeFeet(pdf, paper);
  pdf.end();
  return written;
}

type Pdf = InstanceType<typeof PDFDocument>;

const require = createRequire(import.meta.url);
const fonts = {
  plain: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};

const MARGIN = 40;
const ROW_HEIGHT = 16;
const FONT_SIZE = 8;
/** Points from the top of an A4 page, which has 842. */
const LAST_ROW_AT = 750;
const HEAD_AT = 778;
const FOOT_AT = 804;

const columns = [
  { x: 40, width: 95, align: 'left' },
  { x: 140, width: 195, align: 'left' },
  { x: 340, width: 70, align: 'right' },
  { x: 412, width: 70, align: 'right' },
  { x: 484, width: 71, align: 'right' },
] as const;
const headings = ['When (Lagos)', 'What', 'In', 'Out', 'Balance'];

const accountNames: Record<StatementAccount['purpose'], string> = {
  available: 'Available money',
  frozen: 'Frozen money',
  held: 'Money held in one escrow',
  payout: 'Money of one withdrawal on its way out',
};

function writeHead(pdf: Pdf, paper: StatementPaper): void {
  const { owner, currency } = paper;
  pdf.font(fonts.bold).fontSize(16).text('ErrandDash: account statement', MARGIN, MARGIN);
  pdf.moveDown(0.5).font(fonts.plain).fontSize(9);
  pdf.text(`Of: ${owner.displayName} (@${owner.handle})`);
  pdf.text(`Account: ${accountNames[paper.account]}, ${currencies[currency].name} (${currency})`);
  pdf.text(`Period: ${paper.from ?? 'from the first line'} to ${paper.to}, days of Lagos`);
  if (paper.isPartial) pdf.text('Some lines only: others of the period were not asked for.');
  pdf.font(fonts.bold).text(`Opening balance: ${formatAmount(paper.openingMinor, currency)}`);
  pdf.moveDown(1);
}

function cellsOf(line: StatementLine, { currency }: StatementPaper): string[] {
  const { counterparty, side, postedAt } = line;
  const name = counterparty?.kind === 'person' ? `@${counterparty.handle}` : counterparty?.name;
  const amount = formatAmount(line.amountMinor, currency);
  return [
    lagosTimeOf(postedAt),
    name === undefined ? line.says : `${line.says} · ${name}`,
    side === 'credit' ? amount : '',
    side === 'debit' ? amount : '',
    formatAmount(line.balanceMinor, currency),
  ];
}

function writeRow(pdf: Pdf, cells: readonly string[], font: string): void {
  const { y } = pdf;
  for (const [index, { x, width, align }] of columns.entries()) {
    const text = cells[index] ?? '';
    pdf.font(font).fontSize(FONT_SIZE);
    const textWidth = pdf.widthOfString(text);
    // An amount is never cut off: its digits get smaller until there is room for them.
    if (align === 'right' && textWidth > width) pdf.fontSize((FONT_SIZE * (width - 0.5)) / textWidth);
    pdf.text(text, x, y + FONT_SIZE, {
      ...{ width, align, height: ROW_HEIGHT, ellipsis: true, lineBreak: true },
      baseline: 'alphabetic',
    });
  }
  pdf.x = MARGIN;
  pdf.y = y + ROW_HEIGHT;
}

function writeFeet(pdf: Pdf, paper: StatementPaper): void {
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page += 1) {
    pdf.switchToPage(page);
    // Below the margin a text would begin a page of its own.
    pdf.page.margins.bottom = 0;
    pdf.font(fonts.plain).fontSize(6.5);
    for (const [index, text] of sealOf(paper).entries())
      pdf.text(text, MARGIN, HEAD_AT + 8 * index, { lineBreak: false });
    pdf.fontSize(8);
    pdf.text(`Page ${page + 1} of ${count}`, MARGIN, FOOT_AT, { align: 'center', lineBreak: false });
  }
}

/** What holds the paper to the ledger as it was sealed: whoever has both finds out if that was changed later. */
function sealOf({ latestHead, headsAddress }: StatementPaper): string[] {
  if (latestHead === null) return ['Nothing of the ledger is sealed yet.'];
  const { number, root, sealedAt, keyId } = latestHead.head;
  return [
    `Newest head of the sealed ledger: ${headsAddress}/${number} of ${sealedAt}, signed by the key ${keyId}`,
    `Root ${root}`,
    `Signature ${latestHead.signature}`,
  ];
}

function collect(pdf: Pdf): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);
  });
}
