import { isObject, type LedgerKeys, type SignedHead } from './head-signature.ts';
import type { Outputs } from './router-types.ts';
import { contradicts, type HeadsFault, verifyHeads } from './verify-heads.ts';
import { type Receipt, type ReceiptFault, verifyReceipt } from './verify-receipt.ts';

/** A page of a statement, as `dash.wallet.statement` gives it; ask for it `withReceipts`. */
export type StatementPage = Outputs['wallet']['statement'];
export type StatementLine = StatementPage['lines'][number];

export interface VerifyStatement {
  keys: LedgerKeys;
  /** Of which account, and whose, the page should be. Nothing in the page is believed about that. */
  account:
    | { purpose: 'available' | 'frozen'; userId: string }
    | { purpose: 'held'; escrowId: string }
    | { purpose: 'payout'; withdrawalId: string };
  /** ISO 4217, as it was asked for: a person has an account in each currency. */
  currency: StatementPage['currency'];
  /** Heads that you have kept since before the page was asked for. The more, the less can be changed unseen. */
  seenHeads?: readonly SignedHead[];
}

/**
 * Why a line is not right: the page has no receipt for it, nor says that there is none yet; its receipt proves nothing,
 * for one of the reasons that a {@link ReceiptFault} names; it proves a line of another account; it proves another
 * line than this; its head is not of the history of the other heads; the line stands at another place than its number
 * says; or its balance is not the one before and its amount.
 */
export type LineFault =
  | 'RECEIPT_ABSENT'
  | ReceiptFault
  | 'ACCOUNT_OTHER'
  | 'LINE_OTHER'
  | 'HEAD_REPLACED'
  | 'ORDER_WRONG'
  | 'BALANCE_WRONG';

export type LineVerdict =
  | { state: 'proved'; headNumber: number }
  /** It waits for its batch, half a minute as a rule; nothing but its arithmetic speaks for it. */
  | { state: 'unsealed' }
  | { state: 'wrong'; fault: LineFault };

/** Why the heads are not right: the page has none though its lines have; or it ends before one that was seen already. */
export type StatementHeadFault = HeadsFault | 'HEAD_ABSENT' | 'CUT_OFF';

/** Why the page is not looked into: it is none, or that of an account in another currency. */
export type StatementPageFault = 'PAGE_MALFORMED' | 'CURRENCY_OTHER';

export interface StatementVerdict {
  /** Whether nothing is wrong. A line that is not sealed yet is not wrong. */
  isValid: boolean;
  /** Whether nothing is wrong and every line is proved. */
  isProved: boolean;
  /** Whether each line has the number before that of the line above it: of a page that no filter was for, none is left out. */
  isUnbroken: boolean;
  /** One for each line, in their order. */
  lines: LineVerdict[];
  headFault: StatementHeadFault | StatementPageFault | null;
  /** The newest head: keep it, and give it to the next verification. Null where it is not right. */
  latestHead: SignedHead | null;
}

/**
 * Whether a page of a statement holds: that each of its lines is in the sealed ledger with exactly this account, number,
 * side, amount, balance, kind, time and cause, that the balances follow from each other, and that the page's head and
 * those that were seen before are of one history. Asks nobody, and takes a page that was kept as JSON.
 *
 * Words and names (`says`, `counterparty`) and the period's balances are not proved. A line that was left out between two
 * others shows as a gap in the numbers (`isUnbroken`), as one does that a filter left out; that the newest lines were left
 * out, no page can show by itself. Throws `ED25519_UNAVAILABLE` as `verifyReceipt` does.
 */
export async function verifyStatement(
  page: StatementPage,
  { keys, account, currency, seenHeads = [] }: VerifyStatement,
): Promise<StatementVerdict> {
  if (!isPage(page)) return notThePage('PAGE_MALFORMED');
  if (page.currency !== currency) return notThePage('CURRENCY_OTHER');
  const headFault = await findHeadFault(page, seenHeads, keys);
  const latestHead = headFault === null ? page.latestHead : null;
  const trusted = latestHead === null ? [] : [...seenHeads, latestHead];
  const lines: LineVerdict[] = [];
  for (const line of page.lines) {
    const given = { keys, owner: ownerOf(account), currency, latestHead, trusted };
    const verdict = await verifyLine(line, given);
    lines.push(verdict);
    if (verdict.state === 'proved' && line.receipt) trusted.push(line.receipt.head);
  }
  for (const [index, fault] of findMisfits(page.lines, lines)) lines[index] = { state: 'wrong', fault };
  const isValid = headFault === null && lines.every(({ state }) => state !== 'wrong');
  return {
    isValid,
    isProved: isValid && lines.every(({ state }) => state === 'proved'),
    isUnbroken: page.lines.every(
      ({ lineNumber }, index) => index === 0 || lineNumber + 1 === page.lines[index - 1]?.lineNumber,
    ),
    lines,
    headFault,
    latestHead,
  };
}

const notThePage = (headFault: StatementPageFault): StatementVerdict => ({
  ...{ isValid: false, isProved: false, isUnbroken: false, lines: [], headFault, latestHead: null },
});

async function findHeadFault(
  { latestHead: latest, lines }: StatementPage,
  seen: readonly SignedHead[],
  keys: LedgerKeys,
): Promise<StatementHeadFault | null> {
  const verdict = await verifyHeads(latest === null ? seen : [...seen, latest], keys);
  if (!verdict.isValid) return verdict.fault;
  if (latest === null) return seen.length > 0 || lines.some(({ receipt }) => receipt) ? 'HEAD_ABSENT' : null;
  return seen.some(({ head }) => head.number > latest.head.number) ? 'CUT_OFF' : null;
}

interface LineContext {
  keys: LedgerKeys;
  owner: { purpose: string; ownerId: string };
  currency: string;
  /** That of the page, which is the newest of its moment; null where there is none to be held to. */
  latestHead: SignedHead | null;
  /** Heads of the history that lines are held to. */
  trusted: readonly SignedHead[];
}

async function verifyLine(line: StatementLine, context: LineContext): Promise<LineVerdict> {
  const { receipt } = line;
  if (receipt === null) return isLine(line) ? { state: 'unsealed' } : wrong('MALFORMED');
  if (receipt === undefined) return wrong('RECEIPT_ABSENT');
  const { keys, owner, currency, latestHead, trusted } = context;
  const verdict = await verifyReceipt(receipt, keys);
  if (!verdict.isValid) return wrong(verdict.fault);
  if (!isLine(line)) return wrong('MALFORMED');
  const own = receipt.own.find(({ side, account }) => side === line.side && isOf(account, owner));
  if (own === undefined || own.account.currency !== currency) return wrong('ACCOUNT_OTHER');
  if (!isLineOf(line, receipt.transfer, own)) return wrong('LINE_OTHER');
  const { number } = receipt.head.head;
  if (latestHead !== null && number > latestHead.head.number) return wrong('HEAD_REPLACED');
  for (const other of trusted) if (await contradicts(receipt.head, other)) return wrong('HEAD_REPLACED');
  return { state: 'proved', headNumber: number };
}

const wrong = (fault: LineFault): LineVerdict => ({ state: 'wrong', fault });

type OwnSide = Receipt['own'][number];

const isOf = (account: OwnSide['account'], { purpose, ownerId }: LineContext['owner']): boolean =>
  account.purpose === purpose && account.ownerId === ownerId;

/** Whether a line says what was sealed. */
function isLineOf(line: StatementLine, transfer: Receipt['transfer'], own: OwnSide): boolean {
  return (
    line.transferId === `transfer_${transfer.transferId}` &&
    line.lineNumber === own.version &&
    line.balanceMinor === own.balanceMinor &&
    line.amountMinor === transfer.amountMinor &&
    line.kind === transfer.kind &&
    instantOf(line.postedAt) === Date.parse(transfer.postedAt.replace(/(\.\d{3})\d+Z$/, '$1Z')) &&
    isAbout(line.causeId, transfer.cause)
  );
}

/** The public ids of what a movement can be about begin with these. */
const causePrefixes = new Map([
  ['errand', 'errand'],
  ['top_up', 'topup'],
  ['withdrawal', 'withdrawal'],
  ['exchange_quote', 'exchange_quote'],
]);

/** Whether it is the public id of the cause. Of a type that is not known here it may be any, or none. */
function isAbout(causeId: string | null, { type, id }: Receipt['transfer']['cause']): boolean {
  const prefix = causePrefixes.get(type);
  if (prefix !== undefined) return causeId === `${prefix}_${id}`;
  return causeId === null || (/^[a-z_]+_/.test(causeId) && causeId.replace(/^[a-z_]+_/, '') === id);
}

/** Kept as JSON, a date is a text. */
const instantOf = (postedAt: Date | string): number => new Date(postedAt).getTime();

/** The lines that do not fit the one that comes next, which is older; of two the one that nothing proves is blamed. */
function findMisfits(
  lines: readonly StatementLine[],
  verdicts: readonly LineVerdict[],
): Map<number, LineFault> {
  const faults = new Map<number, LineFault>();
  const isRight = (index: number) => verdicts[index]?.state !== 'wrong' && !faults.has(index);
  for (const [index, line] of lines.entries()) {
    if (!isRight(index)) continue;
    if (line.lineNumber === 1 && line.balanceMinor !== changeOf(line)) faults.set(index, 'BALANCE_WRONG');
    const older = lines[index + 1];
    if (older === undefined || !isRight(index + 1)) continue;
    const isOlderProved = verdicts[index + 1]?.state === 'proved';
    const blamed = verdicts[index]?.state === 'proved' && !isOlderProved ? index + 1 : index;
    if (older.lineNumber >= line.lineNumber) faults.set(blamed, 'ORDER_WRONG');
    else if (
      older.lineNumber === line.lineNumber - 1 &&
      line.balanceMinor !== older.balanceMinor + changeOf(line)
    )
      faults.set(blamed, 'BALANCE_WRONG');
  }
  return faults;
}

const changeOf = ({ side, amountMinor }: StatementLine): number =>
  side === 'credit' ? amountMinor : -amountMinor;

function ownerOf(account: VerifyStatement['account']): LineContext['owner'] {
  const { purpose } = account;
  const id =
    'userId' in account ? account.userId : 'escrowId' in account ? account.escrowId : account.withdrawalId;
  return { purpose, ownerId: id.replace(/^.*_/, '') };
}

/** It may come from a file that anybody wrote, whatever its type says. */
function isPage(value: unknown): value is StatementPage {
  return (
    isObject(value) &&
    typeof value.currency === 'string' &&
    (value.latestHead === null || isObject(value.latestHead)) &&
    Array.isArray(value.lines) &&
    [...value.lines].every(isObject)
  );
}

function isLine(line: { [Name in keyof StatementLine]: unknown }): boolean {
  const numbers = [line.lineNumber, line.amountMinor, line.balanceMinor];
  const isDated = !Number.isNaN(instantOf(line.postedAt as string));
  return (
    numbers.every(Number.isSafeInteger) &&
    Number(line.lineNumber) >= 1 &&
    Number(line.amountMinor) >= 1 &&
    (line.side === 'debit' || line.side === 'credit') &&
    (line.causeId === null || typeof line.causeId === 'string') &&
    isDated
  );
}
