import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import { PROVIDER } from '../../provider.ts';
import type { ClaimedRun } from '../runs/run.store.ts';
import type { AbsentObject, ChainedRow, Opening } from './book.rules.ts';

/**
 * What was confirmed to us and paid before the run began and is not in what it read, at most so many. What was found
 * missing before is left out. `listedFrom` is safely after the beginning of what was read.
 */
export async function listAbsent(
  db: Db,
  run: ClaimedRun,
  { listedFrom, limit }: { listedFrom: Date; limit: number },
): Promise<AbsentObject[]> {
  const { rows } = await sql<AbsentObject>`
    select * from (
      select 'transaction/' || provider_object as subject, 'transaction' as kind, id as "ourId",
          reference, paid_minor as "amountMinor", paid_currency as currency
        from top_ups
        where provider = ${PROVIDER} and provider_object is not null and ended_at >= ${listedFrom}
          and ended_at < ${run.startedAt} and created_at >= ${listedFrom}
          and not exists (select from provider_objects listed where listed.provider = top_ups.provider
            and kind = 'transaction' and object_id = provider_object and run_id = ${run.runId}::uuid)
      union all
      select 'transfer/' || provider_object, 'transfer', id, reference, amount_minor, currency
        from withdrawals
        where provider = ${PROVIDER} and provider_object is not null and sent_at >= ${listedFrom}
          and sent_at < ${run.startedAt} and requested_at >= ${listedFrom}
          and not exists (select from provider_objects listed where listed.provider = withdrawals.provider
            and kind = 'transfer' and object_id = provider_object and run_id = ${run.runId}::uuid)) absent
      where not exists (select from drifts where drifts.provider = ${PROVIDER} and drifts.subject = absent.subject
        and drifts.kind = 'provider_object_missing' and state = 'open')
      order by subject limit ${limit}`.execute(db);
  return rows;
}

/** The rows of a run in the order of their ids, each with the one before it in its currency. */
export async function listChain(
  db: Db,
  runId: string,
  { beyond, limit }: { beyond: { currency: string; rowId: string } | null; limit: number },
): Promise<ChainedRow[]> {
  const place =
    beyond === null
      ? sql``
      : sql`and (currency, length(row_id), row_id)
          > (${beyond.currency}::text, length(${beyond.rowId}::text), ${beyond.rowId}::text)`;
  const { rows } = await sql<ChainedRow>`
    select line.row_id as "rowId", line.currency, line.difference_minor as "differenceMinor",
        line.balance_minor as "balanceMinor", earlier.balance_minor as "balanceBeforeMinor"
      from (select * from provider_book_rows where run_id = ${runId}::uuid ${place}
        order by currency, length(row_id), row_id limit ${limit}) line
      left join lateral (
        select balance_minor from provider_book_rows before
          where before.provider = line.provider and before.currency = line.currency
            and (length(before.row_id), before.row_id) < (length(line.row_id), line.row_id)
          order by length(before.row_id) desc, before.row_id desc limit 1) earlier on true
      order by line.currency, length(line.row_id), line.row_id`.execute(db);
  return rows;
}

/**
 * For each currency what the provider's balance was before the first row that we ever read, and what moved our float
 * without a row of the provider's: corrections.
 */
export async function listOpenings(db: Db): Promise<Opening[]> {
  const { rows } = await sql<{ currency: string; opening_minor: string; corrections_minor: string }>`
    select first.currency, (first.balance_minor - first.difference_minor)::text as opening_minor,
        coalesce((select sum(case when debit_account_id = accounts.id then amount_minor else -amount_minor end)
            from accounts
            join transfers on accounts.id in (debit_account_id, credit_account_id)
            where kind in ('adjustment.post', 'adjustment.reverse') and accounts.purpose = 'float' and owner_id = ${PROVIDER}
              and accounts.currency = first.currency), 0)::text as corrections_minor
      from (select distinct on (currency) * from provider_book_rows where provider = ${PROVIDER}
        order by currency, length(row_id), row_id) first`.execute(db);
  return rows.map(({ currency, opening_minor, corrections_minor }) => ({
    currency,
    openingMinor: BigInt(opening_minor),
    correctionsMinor: BigInt(corrections_minor),
  }));
}
