import type { LedgerInvariant } from '@errand-dash/db';

/** What always holds between the float and the rows of the provider's ledger that were read. */
export const reconciliationInvariants: LedgerInvariant[] = [
  {
    name: 'settled_takings_are_those_of_the_providers_book',
    sql: `select provider_reference, row_id, posted_minor::text, difference_minor::text
      from (select first.provider_reference, transfers.cause_id, transfers.currency,
            sum(case when accounts.purpose = 'float' then transfers.amount_minor else 0 end) as posted_minor
          from transfers
          join transfers first on first.id = transfers.set_id
          join accounts on accounts.id = transfers.debit_account_id
          where transfers.kind = 'top_up.settle'
          group by first.provider_reference, transfers.cause_id, transfers.currency) settled
      full join (select provider_book_rows.*, top_ups.id as top_up_id from provider_book_rows
          left join top_ups on top_ups.provider = provider_book_rows.provider and provider_object = model_row
          where posted_at is not null) row
        on settled.provider_reference = 'balance-ledger/' || row_id
      where posted_minor is distinct from difference_minor or settled.currency is distinct from row.currency
        or settled.cause_id is distinct from top_up_id::text or model is distinct from 'transaction'`,
  },
  {
    name: 'takings_are_settled_once',
    sql: `select cause_id, count(*)::text as sets from transfers where kind = 'top_up.settle' and leg = 1
      group by cause_id having count(*) > 1`,
  },
  {
    name: 'float_moves_by_the_providers_word_alone',
    sql: `select transfers.id, transfers.kind from accounts
      join transfers on accounts.id in (transfers.debit_account_id, transfers.credit_account_id)
      join transfers first on first.id = transfers.set_id
      left join transfers reversed on reversed.id = first.reverses_set_id
      where accounts.purpose = 'float' and transfers.kind <> 'adjustment.post'
        and (transfers.kind = 'adjustment.reverse' and reversed.kind = 'adjustment.post') is not true
        and (first.provider_reference is null or transfers.kind not in ('top_up.settle', 'withdrawal.send', 'withdrawal.pay',
          'withdrawal.return', 'withdrawal.reverse'))`,
  },
];
