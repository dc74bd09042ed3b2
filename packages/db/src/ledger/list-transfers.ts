import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type AccountName, accountId } from './account-id.ts';
import { type AccountPurpose, accountPurposes } from './account-purposes.ts';
import type { MovementKind } from './movement-kinds.ts';

/** A line of an account's statement. */
export interface ListedTransfer {
  id: string;
  setId: string;
  kind: MovementKind;
  cause: { type: string; id: string };
  /** A credit adds to the account, a debit takes from it. */
  side: 'debit' | 'credit';
  amountMinor: bigint;
  /** The account at the other end. */
  counterpart: AccountName;
  /** What a guarded account had after this transfer, and its number among the account's own; else null. */
  balanceMinor: bigint | null;
  version: bigint | null;
  postedAt: Date;
}

export interface TransferPage {
  transfers: ListedTransfer[];
  /** Give it as `before` for the next page; null where there is none. */
  next: string | null;
}

/** Which transfers of an account are wanted; what is left out is not looked at. */
export interface TransferFilter {
  kinds?: readonly MovementKind[] | undefined;
  /** From this instant of their commands on. */
  from?: Date | undefined;
  /** Before this instant. */
  to?: Date | undefined;
  /** The account at the other end is one of these, or is for one of these purposes. */
  counterparts?: { ids?: readonly string[]; purposes?: readonly AccountPurpose[] } | undefined;
}

/**
 * The transfers of one account, newest first, a page at a time. Throws on a `before` that is not a `next`.
 *
 * A page is read along the account's own index from the cursor on and costs as many lines as have to be looked at
 * until it is full: without a filter its own, with one also those between that do not fit. Pages of a guarded account
 * stay as they were while lines arrive: new ones come before the first. Nothing numbers the lines of any other, which
 * stand by transaction: one that began earlier and commits later puts its lines in between, where somebody may have read.
 */
export async function listTransfers(
  db: Kysely<Database>,
  {
    account,
    before = null,
    limit,
    filter = {},
  }: { account: AccountName; before?: string | null; limit: number; filter?: TransferFilter },
): Promise<TransferPage> {
  const { guarded } = accountPurposes[account.purpose];
  const page = guarded
    ? pageByVersion(account, before, limit, filter)
    : pageByTransaction(account, before, limit, filter);
  const { rows } = await page.execute(db);
  const last = rows[limit - 1];
  return {
    transfers: rows.slice(0, limit).map(presentLine),
    next: last !== undefined && rows.length > limit ? last.cursor : null,
  };
}

interface Line {
  cursor: string;
  id: string;
  set_id: string;
  kind: MovementKind;
  cause_type: string;
  cause_id: string;
  side: 'debit' | 'credit';
  amount_minor: string;
  balance_minor: string | null;
  version: string | null;
  posted_at: Date;
  purpose: AccountPurpose;
  owner_id: string | null;
  currency: string;
}

/** One row more than the page, which tells whether there is a next one. Each side reads its own index. */
function pageByVersion(
  account: AccountName,
  before: string | null,
  limit: number,
  filter: TransferFilter,
): RawBuilder<Line> {
  if (before !== null && !/^\d{1,18}$/.test(before)) throw new TypeError('Not a cursor of this account');
  const id = accountId(account);
  const older = before === null ? sql`` : sql`and version < ${before}::bigint`;
  const half = (side: RawBuilder<unknown>) => sql`(
    select * from (${side}) own where version is not null ${older} ${wanted(filter)}
      order by version desc limit ${limit + 1})`;
  return lines(
    sql`${half(debits(id))} union all ${half(credits(id))}`,
    sql`page.version desc`,
    sql`page.version`,
    limit,
  );
}

/** Nothing numbers the transfers of an unguarded account, so the order is that of the transactions. */
function pageByTransaction(
  account: AccountName,
  before: string | null,
  limit: number,
  filter: TransferFilter,
): RawBuilder<Line> {
  const [, transactionId, transferId] = before?.match(/^(\d{1,19})\.([0-9a-f-]{36})$/) ?? [];
  if (before !== null && transferId === undefined) throw new TypeError('Not a cursor of this account');
  const id = accountId(account);
  const older =
    before === null ? sql`` : sql`and (transaction_id, id) < (${transactionId}::xid8, ${transferId}::uuid)`;
  // By the version too, which is null: PostgreSQL does not see that the index has the order without it.
  const half = (side: RawBuilder<unknown>) => sql`(
    select * from (${side}) own where version is null ${older} ${wanted(filter)}
      order by version desc, transaction_id desc, id desc limit ${limit + 1})`;
  return lines(
    sql`${half(debits(id))} union all ${half(credits(id))}`,
    sql`page.transaction_id desc, page.id desc`,
    sql`page.transaction_id || '.' || page.id`,
    limit,
  );
}

function wanted({ kinds, from, to, counterparts }: TransferFilter): RawBuilder<unknown> {
  const conditions = [
    kinds && sql`kind = any(${kinds}::text[])`,
    from && sql`posted_at >= ${from}`,
    to && sql`posted_at < ${to}`,
    counterparts &&
      sql`(counterpart_id = any(${counterparts.ids ?? []}::uuid[]) or exists (
        select from accounts where accounts.id = counterpart_id
          and purpose = any(${counterparts.purposes ?? []}::text[])))`,
  ];
  return sql.join(
    conditions.filter((condition) => condition !== undefined).map((condition) => sql`and ${condition}`),
    sql` `,
  );
}

const debits = (id: string) => sql`
  select id, set_id, 'debit' as side, amount_minor, transaction_id, posted_at, currency,
    credit_account_id as counterpart_id, debit_balance_minor as balance_minor, debit_version as version,
    kind, cause_type, cause_id
  from transfers where debit_account_id = ${id}::uuid`;

const credits = (id: string) => sql`
  select id, set_id, 'credit' as side, amount_minor, transaction_id, posted_at, currency,
    debit_account_id as counterpart_id, credit_balance_minor as balance_minor, credit_version as version,
    kind, cause_type, cause_id
  from transfers where credit_account_id = ${id}::uuid`;

const lines = (
  own: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
  cursor: RawBuilder<unknown>,
  limit: number,
) =>
  sql<Line>`
    select (${cursor})::text as cursor, page.id, page.set_id, page.side, page.amount_minor::text as amount_minor,
      page.balance_minor::text as balance_minor, page.version::text as version, page.posted_at, page.currency,
      page.kind, page.cause_type, page.cause_id, counterpart.purpose, counterpart.owner_id
    from (${own}) page
    join accounts counterpart on counterpart.id = page.counterpart_id
    order by ${order} limit ${limit + 1}`;

function presentLine(line: Line): ListedTransfer {
  return {
    id: line.id,
    setId: line.set_id,
    kind: line.kind,
    cause: { type: line.cause_type, id: line.cause_id },
    side: line.side,
    amountMinor: BigInt(line.amount_minor),
    counterpart: { purpose: line.purpose, ownerId: line.owner_id, currency: line.currency },
    balanceMinor: line.balance_minor === null ? null : BigInt(line.balance_minor),
    version: line.version === null ? null : BigInt(line.version),
    postedAt: line.posted_at,
  };
}
