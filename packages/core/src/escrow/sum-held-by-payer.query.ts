import type { Currency } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';

/** What a person has in open escrows as their payer, by currency. Currencies with nothing are not in the map. */
export async function sumHeldByPayer(db: Db, userId: string): Promise<Map<Currency, bigint>> {
  const rows = await db
    .selectFrom('escrows')
    .select(['currency', sql<bigint>`sum(amount_minor - parts_released_minor)::bigint`.as('held_minor')])
    .where('payer_id', '=', userId)
    .where('state', '=', 'held')
    .groupBy('currency')
    .execute();
  return new Map(rows.map((row) => [row.currency as Currency, row.held_minor]));
}
