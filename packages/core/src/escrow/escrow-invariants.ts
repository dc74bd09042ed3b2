import type { LedgerInvariant } from '@errand-dash/db';

/** What always holds between escrows and the ledger. */
export const escrowInvariants: LedgerInvariant[] = [
  {
    name: 'held_money_equals_open_escrows',
    sql: `select coalesce(accounts.owner_id, escrows.id::text) as escrow_id,
        coalesce(accounts.balance_minor, 0)::text as held_minor,
        coalesce(escrows.amount_minor, 0)::text as owed_minor
      from (select owner_id, currency, balance_minor from accounts where purpose = 'held') accounts
      full join (select id, currency, case when state = 'held' then amount_minor - parts_released_minor else 0 end
          as amount_minor
          from escrows) escrows
        on escrows.id::text = accounts.owner_id and escrows.currency = accounts.currency
      where coalesce(accounts.balance_minor, 0) <> coalesce(escrows.amount_minor, 0)`,
  },
  {
    name: 'held_money_sums_to_open_escrows',
    sql: `select currency, held_minor::text, owed_minor::text from (
        select coalesce(accounts.currency, escrows.currency) as currency,
            coalesce(held_minor, 0) as held_minor, coalesce(owed_minor, 0) as owed_minor
          from (select currency, sum(balance_minor) as held_minor from accounts where purpose = 'held'
              group by currency) accounts
          full join (select currency, sum(amount_minor - parts_released_minor) as owed_minor from escrows where state = 'held'
              group by currency) escrows
            on escrows.currency = accounts.currency) sums
      where held_minor <> owed_minor`,
  },
];
