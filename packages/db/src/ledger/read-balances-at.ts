import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type AccountName, accountId } from './account-id.ts';

/**
 * What the accounts had at an instant, in minor units, in their order.
 *
 * As of an instant means: by all transfers whose command's time is that instant or earlier, to the millisecond, as far
 * as they are committed when this is read. Each transfer is counted on both of its sides or on neither, so the balances
 * of all accounts sum to zero at every instant. A command that had begun by then and commits later is not in it yet
 * and is in it when it is read again: an instant is final once no transaction from before it still runs.
 *
 * It is not the balance on the last line up to the instant: commands wait for an account's lock in another order than
 * that of their times, so that line may follow one whose time is later.
 *
 * It is the balance of now, less what was posted to the account since. Finding that costs what was posted to anybody
 * since, or all that ever was to the account, whichever is less: nothing orders an account's transfers by time.
 */
export async function readBalancesAt(
  db: Kysely<Database>,
  names: AccountName[],
  instant: Date,
): Promise<bigint[]> {
  const { rows } = await sql<{ balance_minor: string }>`
    select (coalesce(read.balance_minor, 0) - since.change_minor)::text as balance_minor
      from unnest(${names.map(accountId)}::uuid[]) with ordinality as asked(id, position)
      left join account_balances read on read.id = asked.id
      cross join lateral (
        select coalesce(sum(change_minor), 0) as change_minor from (
          select amount_minor as change_minor, posted_at from transfers
            where credit_account_id = asked.id and credit_version is not null
          union all select -amount_minor, posted_at from transfers
            where debit_account_id = asked.id and debit_version is not null
          union all select amount_minor, posted_at from transfers
            where credit_account_id = asked.id and credit_version is null
          union all select -amount_minor, posted_at from transfers
            where debit_account_id = asked.id and debit_version is null
        ) line where posted_at > ${instant}
      ) since
      order by asked.position`.execute(db);
  return rows.map((row) => BigInt(row.balance_minor));
}
