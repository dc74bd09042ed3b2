import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import type { AccountPurpose } from './account-purposes.ts';

export interface TrialBalanceLine {
  currency: string;
  purpose: AccountPurpose;
  totalMinor: bigint;
}

/** What lies in each kind of account, of one instant. The lines of one currency sum to zero. */
export async function trialBalance(db: Kysely<Database>): Promise<TrialBalanceLine[]> {
  const { rows } = await sql<TrialBalanceRow>`
    select currency, purpose, sum(balance_minor)::text as total_minor
      from account_balances group by currency, purpose order by currency, purpose`.execute(db);
  return rows.map(lineOf);
}

/**
 * What lay in each kind of account at an instant, as `readBalancesAt` understands it: the lines of one currency sum to
 * zero at every instant. A kind of account that was opened since has a line of zero. Costs a reading of all balances
 * and of what was posted since.
 */
export async function trialBalanceAt(db: Kysely<Database>, instant: Date): Promise<TrialBalanceLine[]> {
  const { rows } = await sql<TrialBalanceRow>`
    select now.currency, now.purpose, sum(balance_minor - coalesce(change_minor, 0))::text as total_minor
      from account_balances now
      left join (
        select account_id, sum(change_minor) as change_minor from (
          select credit_account_id as account_id, amount_minor as change_minor from transfers
            where posted_at > ${instant}
          union all
          select debit_account_id, -amount_minor from transfers where posted_at > ${instant}
        ) line group by account_id
      ) since on since.account_id = now.id
      group by now.currency, now.purpose order by now.currency, now.purpose`.execute(db);
  return rows.map(lineOf);
}

interface TrialBalanceRow {
  currency: string;
  purpose: AccountPurpose;
  total_minor: string;
}

const lineOf = ({ currency, purpose, total_minor }: TrialBalanceRow): TrialBalanceLine => ({
  currency,
  purpose,
  totalMinor: BigInt(total_minor),
});
