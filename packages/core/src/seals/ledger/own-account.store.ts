import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';

/** An account by its name, of which its id is made. */
export interface NamedAccount {
  purpose: string;
  ownerId: string | null;
  currency: string;
}

/**
 * Of these accounts, by their ids, those that are a person's: his own, the escrows that he pays into, and his
 * withdrawals. All of them where no person is named.
 */
export async function findAccounts(
  db: Db,
  userId: string | null,
  accountIds: readonly string[],
): Promise<Map<string, NamedAccount>> {
  const { rows } = await sql<NamedAccount & { id: string }>`
    select id, purpose, owner_id as "ownerId", currency from accounts
    where id = any(${[...new Set(accountIds)]}::uuid[]) and (${userId}::uuid is null or case purpose
      when 'held' then exists (select from escrows where escrows.id = owner_id::uuid and payer_id = ${userId}::uuid)
      when 'payout' then exists (select from withdrawals where withdrawals.id = owner_id::uuid and user_id = ${userId}::uuid)
      when 'available' then owner_id = ${userId}
      when 'frozen' then owner_id = ${userId}
      when 'receivable' then owner_id = ${userId}
      else false
    end)`.execute(db);
  return new Map(rows.map(({ id, ...account }) => [id, account]));
}
