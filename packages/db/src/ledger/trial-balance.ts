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
  const { rows } = await sql<{ currency: string; purpose: AccountPurpose; total_minor: string }>`
    select currency, purpose, sum(balance_minor)::text as total_minor
      from account_balances group by currency, purpose order by currency, purpose`.execute(db);
  return rows.map(({ currency, purpose, total_minor }) => ({
    currency,
    purpose,
    totalMinor: BigInt(total_minor),
  }));
}
