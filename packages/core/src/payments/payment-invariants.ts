import type { LedgerInvariant } from '@errand-dash/db';

/** What always holds between payments and the ledger. */
export const paymentInvariants: LedgerInvariant[] = [
  {
    name: 'succeeded_top_up_is_credited_once',
    sql: `select top_ups.id, top_ups.state, count(credited.id)::text as credits, sum(credited.amount_minor)::text as credited_minor
      from top_ups
      left join (select transfers.id, cause_id, amount_minor, owner_id from transfers
          join accounts on accounts.id = credit_account_id and purpose = 'available'
          where kind = 'top_up.credit') credited
        on credited.cause_id = top_ups.id::text and credited.owner_id = top_ups.user_id::text
      group by top_ups.id, top_ups.state, top_ups.amount_minor
      having coalesce(sum(credited.amount_minor), 0)
          <> case when top_ups.state = 'succeeded' then top_ups.amount_minor else 0 end
        or count(credited.id) > 1`,
  },
  {
    name: 'mismatched_money_lies_in_suspense',
    sql: `select top_ups.id, top_ups.state, top_ups.paid_minor::text, sum(aside.amount_minor)::text as aside_minor
      from top_ups
      left join (select cause_id, amount_minor, transfers.currency from transfers
          join accounts on accounts.id = credit_account_id and purpose = 'suspense'
          where kind = 'top_up.set_aside') aside
        on aside.cause_id = top_ups.id::text and aside.currency = top_ups.paid_currency
      group by top_ups.id, top_ups.state, top_ups.paid_minor
      having coalesce(sum(aside.amount_minor), 0)
        <> case when top_ups.state = 'mismatched' then top_ups.paid_minor else 0 end`,
  },
  {
    name: 'top_up_posting_has_its_top_up',
    sql: `select transfers.id, kind, cause_id from transfers
      left join top_ups on top_ups.id::text = cause_id
        and (kind = 'top_up.settle' or provider_reference = 'transaction/' || top_ups.provider_object)
      where cause_type = 'top_up' and leg = 1 and top_ups.id is null`,
  },
];
