import type { CounterpartyFilter, Currency, StatementAccount } from '@errand-dash/contract';
import {
  type AccountName,
  accountId,
  type Db,
  type ListedTransfer,
  listTransfers,
  type MovementKind,
  movementKinds,
  readBalances,
  readBalancesAt,
  type TransferFilter,
} from '@errand-dash/db';
import { findEscrowParties, listEscrowsBetween } from '../../escrow/index.ts';
import { orThrow, refuse } from '../../refusal.ts';
import {
  findLatestHead,
  findReceipts,
  ledgerSource,
  type Receipt,
  type SignedHead,
} from '../../seals/index.ts';
import { findPublicUsers } from '../../users/index.ts';
import { type Counterparty, counterpartyOf, otherOf, purposesBehind } from './counterparty.rules.ts';
import { getStatementAccount } from './statement-account.ts';
import { decidePeriod, type StatementPeriod } from './statement-period.rules.ts';

/** What a person asks of one of his accounts. */
export interface StatementAsked {
  currency: Currency;
  account: StatementAccount;
  /** Calendar days in Lagos, both of them within. */
  from?: string | undefined;
  to?: string | undefined;
  kinds?: readonly string[] | undefined;
  counterparty?: CounterpartyFilter | undefined;
}

/** A line as its account's owner sees it. */
export interface StatementLine extends Omit<ListedTransfer, 'balanceMinor' | 'version' | 'counterpart'> {
  /** Its number among all lines of the account, from 1 on. */
  lineNumber: bigint;
  /** What the account had after it. */
  balanceMinor: bigint;
  /** The kind in words. */
  says: string;
  counterparty: Counterparty | null;
  /** What proves the line; null while it is not sealed yet. Absent unless it was asked for. */
  receipt?: Receipt | null;
}

export interface Statement {
  currency: Currency;
  period: StatementPeriod;
  /** What the account had before the first day, and at the end of the last. */
  openingMinor: bigint;
  closingMinor: bigint;
  /** Newest first. */
  lines: StatementLine[];
  /** The number of the last line, where there are more. */
  next: string | null;
  /** The newest head of the sealed ledger, no older than that of any receipt. */
  latestHead: SignedHead | null;
}

/** Which lines of it, and whether they carry their receipts. */
export interface StatementSlice {
  limit: number;
  before: string | null;
  withReceipts: boolean;
}

/**
 * Lines and balances of one of a person's accounts, all of one snapshot. Lines stand in the ledger's order, and a day
 * has those whose command came on it; so where commands of two days met at midnight a line of one may stand among
 * those of the other, and the balance beside it is the ledger's. Opening and closing balance go by the days.
 *
 * Costs the page and what has to be looked at to fill it, as `listTransfers` says; the balances of a period cost
 * what `readBalancesAt` says of its ends. Receipts cost four questions more, however many lines there are. Refuses with
 * `INPUT_INVALID` and `OBJECT_NOT_FOUND`.
 */
export function readStatement(
  db: Db,
  userId: string,
  asked: StatementAsked,
  { withReceipts, ...page }: StatementSlice,
): Promise<Statement> {
  const period = orThrow(decidePeriod(asked));
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      const account = await getStatementAccount(snapshot, userId, asked.account, asked.currency);
      const filter = await filterOf(snapshot, userId, asked, period);
      const { transfers, next } = await listTransfers(snapshot, { account, filter, ...page });
      const lines = await nameCounterparties(snapshot, userId, transfers);
      return {
        currency: asked.currency,
        period,
        ...(await balancesOf(snapshot, account, period)),
        lines: await addReceipts(snapshot, userId, lines, withReceipts),
        next,
        latestHead: await findLatestHead(snapshot, ledgerSource.chain),
      };
    });
}

async function filterOf(
  db: Db,
  userId: string,
  { kinds, counterparty, currency }: StatementAsked,
  { from, to }: StatementPeriod,
): Promise<TransferFilter> {
  const unknown = kinds?.find((kind) => !Object.hasOwn(movementKinds, kind));
  if (unknown !== undefined) {
    const message = `must be of ${Object.keys(movementKinds).join(', ')}`;
    return orThrow(refuse('INPUT_INVALID', { issues: [{ path: 'kinds', message }] }));
  }
  return {
    kinds: kinds as MovementKind[] | undefined,
    from: from?.from,
    to: to?.to,
    counterparts: counterparty && (await counterpartsOf(db, userId, currency, counterparty)),
  };
}

async function counterpartsOf(
  db: Db,
  userId: string,
  currency: Currency,
  counterparty: CounterpartyFilter,
): Promise<NonNullable<TransferFilter['counterparts']>> {
  const personId = counterparty.kind === 'person' ? counterparty.userId : userId;
  if (counterparty.kind !== 'person' && counterparty.kind !== 'own') {
    return { purposes: purposesBehind(counterparty.kind) };
  }
  const escrowIds = personId === userId ? [] : await listEscrowsBetween(db, userId, personId);
  const accounts: AccountName[] = [
    { purpose: 'available', ownerId: personId, currency },
    { purpose: 'frozen', ownerId: personId, currency },
    ...escrowIds.map((ownerId): AccountName => ({ purpose: 'held', ownerId, currency })),
  ];
  return { ids: accounts.map(accountId) };
}

/** Balances are as of the last millisecond before a day, for an instant has what was posted at it. */
async function balancesOf(
  db: Db,
  account: AccountName,
  { from, to }: StatementPeriod,
): Promise<Pick<Statement, 'openingMinor' | 'closingMinor'>> {
  const before = async (instant: Date) =>
    (await readBalancesAt(db, [account], new Date(instant.getTime() - 1)))[0] ?? 0n;
  return {
    openingMinor: from === undefined ? 0n : await before(from.from),
    closingMinor: to === undefined ? ((await readBalances(db, [account]))[0] ?? 0n) : await before(to.to),
  };
}

async function nameCounterparties(
  db: Db,
  userId: string,
  transfers: readonly ListedTransfer[],
): Promise<StatementLine[]> {
  const owners = (purposes: readonly string[]) =>
    transfers.flatMap(({ counterpart: { purpose, ownerId } }) =>
      purposes.includes(purpose) && ownerId !== null ? [ownerId] : [],
    );
  const escrows = await findEscrowParties(db, owners(['held']));
  const sides = [...escrows.values()].map((parties) => otherOf(userId, parties));
  const ids = [...owners(['available', 'frozen']), ...sides].filter((id) => id !== null);
  const people = await findPublicUsers(db, ids);
  return transfers.map(({ counterpart, balanceMinor, version, ...line }) => {
    if (balanceMinor === null || version === null) throw new Error('a statement of an unguarded account');
    return {
      ...line,
      balanceMinor,
      lineNumber: version,
      says: movementKinds[line.kind].says,
      counterparty: counterpartyOf(userId, counterpart, { people, escrows }),
    };
  });
}

async function addReceipts(
  db: Db,
  userId: string,
  lines: StatementLine[],
  withReceipts: boolean,
): Promise<StatementLine[]> {
  if (!withReceipts) return lines;
  const receipts = await findReceipts(db, { userId, transferIds: lines.map(({ id }) => id) });
  return lines.map((line, index) => ({ ...line, receipt: receipts[index] ?? null }));
}
