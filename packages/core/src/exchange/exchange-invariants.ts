import type { LedgerInvariant } from '@errand-dash/db';

/** What always holds between quotes and the ledger. */
export const exchangeInvariants: LedgerInvariant[] = [
  {
    name: 'exchange_is_posted_as_it_was_quoted',
    sql: `select coalesce(quotes.id::text, posted.cause_id) as quote_id, exchanged_at, sets::text
      from exchange_quotes quotes full join (
        select cause_id, count(distinct set_id) as sets,
            sum(amount_minor) filter (where transfers.kind = 'exchange.sell' and account.purpose = 'exchange'
              and account.currency = transfers.currency) as sold_minor,
            sum(amount_minor) filter (where transfers.kind = 'exchange.sell' and account.purpose = 'fee_margin') as fee_minor,
            sum(amount_minor) filter (where transfers.kind = 'exchange.buy' and account.purpose = 'available') as bought_minor,
            array_agg(distinct case transfers.kind when 'exchange.sell' then concat_ws(' ', giver.purpose, giver.owner_id)
              else concat_ws(' ', account.purpose, account.owner_id) end) as wallets,
            min(transfers.currency) filter (where transfers.kind = 'exchange.sell') as sold_currency,
            min(transfers.currency) filter (where transfers.kind = 'exchange.buy') as bought_currency
          from transfers join accounts account on account.id = credit_account_id
            join accounts giver on giver.id = debit_account_id
          where transfers.kind in ('exchange.sell', 'exchange.buy') group by cause_id
      ) posted on posted.cause_id = quotes.id::text
      where quotes.id is null or (exchanged_at is null) <> (posted.cause_id is null)
        or exchanged_at is not null and (posted.sets, posted.sold_minor, coalesce(posted.fee_minor, 0),
            posted.bought_minor, posted.sold_currency, posted.bought_currency, posted.wallets)
          is distinct from (2, quotes.sold_minor, quotes.fee_minor, quotes.bought_minor, quotes.sold_currency,
            quotes.bought_currency, array['available ' || quotes.user_id])`,
  },
];
