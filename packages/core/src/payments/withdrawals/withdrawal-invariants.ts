import type { LedgerInvariant } from '@errand-dash/db';
import { PROVIDER } from '../provider.ts';

/** What each withdrawal has moved, by the purpose of the account and whose it is; + is a credit. */
const moved = `(
  select cause_id, purpose, coalesce(owner_id, '') as owner_id, sum(change_minor) as moved_minor from (
      select cause_id, debit_account_id as account_id, -amount_minor as change_minor
        from transfers where cause_type = 'withdrawal'
      union all
      select cause_id, credit_account_id, amount_minor
        from transfers where cause_type = 'withdrawal') line
    join accounts on accounts.id = account_id
    group by cause_id, purpose, coalesce(owner_id, ''))`;

/** What it should have moved, by its state. */
const expected = `(
  select withdrawals.id::text as withdrawal_id, state, expected.purpose, expected.owner_id, expected.moved_minor
    from withdrawals, lateral (values
      ('available', user_id::text, case when state in ('returned', 'reversed') then 0 else -amount_minor end),
      ('payout', withdrawals.id::text, case when state in ('requested', 'sending', 'sent') then amount_minor else 0 end),
      ('unsettled', '${PROVIDER}', case when state = 'sent' then -amount_minor else 0 end),
      ('float', '${PROVIDER}', case when state in ('sent', 'paid') then amount_minor + fee_minor else 0 end),
      ('provider_fees', '', case when state in ('sent', 'paid') then -fee_minor else 0 end)
    ) expected (purpose, owner_id, moved_minor))`;

/** What always holds between withdrawals and the ledger. */
export const withdrawalInvariants: LedgerInvariant[] = [
  {
    name: 'withdrawal_moved_what_its_state_says',
    sql: `select coalesce(cause_id, withdrawal_id) as withdrawal_id, state,
        coalesce(moved.purpose, expected.purpose) as purpose,
        coalesce(moved.owner_id, expected.owner_id) as owner_id,
        coalesce(moved.moved_minor, 0)::text as moved_minor, expected.moved_minor::text as expected_minor
      from ${moved} moved
      full join ${expected} expected
        on expected.withdrawal_id = moved.cause_id and expected.purpose = moved.purpose
          and expected.owner_id = moved.owner_id
      where coalesce(moved.moved_minor, 0) is distinct from coalesce(expected.moved_minor, 0)`,
  },
  {
    name: 'payout_money_sums_to_open_withdrawals',
    sql: `select currency, payout_minor::text, owed_minor::text from (
        select coalesce(accounts.currency, withdrawals.currency) as currency,
            coalesce(payout_minor, 0) as payout_minor, coalesce(owed_minor, 0) as owed_minor
          from (select currency, sum(balance_minor) as payout_minor from accounts where purpose = 'payout'
              group by currency) accounts
          full join (select currency, sum(amount_minor) as owed_minor from withdrawals
              where state in ('requested', 'sending', 'sent') group by currency) withdrawals
            on withdrawals.currency = accounts.currency) sums
      where payout_minor <> owed_minor`,
  },
  {
    name: 'withdrawal_was_signed_by_its_owner',
    sql: `select withdrawals.id, withdrawals.approval_id from withdrawals
      join approvals on approvals.id = approval_id
      left join transfers on kind = 'withdrawal.hold' and leg = 1 and cause_id = withdrawals.id::text
        and authority_kind = 'passkey' and authority_reference = approval_id::text
      where approvals.user_id <> withdrawals.user_id or approvals.action <> 'wallet.withdraw'
        or approvals.state <> 'accepted' or transfers.id is null`,
  },
];
