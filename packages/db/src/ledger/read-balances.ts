import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type AccountName, accountId } from './account-id.ts';

/** The balances of the accounts in minor units, in their order, all of one instant. A new account has zero. */
export async function readBalances(db: Kysely<Database>, names: AccountName[]): Promise<bigint[]> {
  const { rows } = await sql<{ balance_minor: string }>`
    select coalesce(read.balance_minor, 0)::text as balance_minor
      from unnest(${names.map(accountId)}::uuid[]) with ordinality as asked(id, position)
      left join account_balances read on read.id = asked.id
      order by asked.position`.execute(db);
  return rows.map((row) => BigInt(row.balance_minor));
}
