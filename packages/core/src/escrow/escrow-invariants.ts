import type { LedgerInvariant } from '@errand-dash/db';

/** Every transfer into an escrow or out of it, with the account at its other end. */
const heldLines = `(
  select held.owner_id as escrow_id, 'in' as way, transfers.id, kind, amount_minor, other.purpose, other.owner_id
    from accounts held join transfers on credit_account_id = held.id
    join accounts other on other.id = debit_account_id where held.purpose = 'held'
  union all
  select held.owner_id, 'out', transfers.id, kind, amount_minor, other.purpose, other.owner_id
    from accounts held join transfers on debit_account_id = held.id
    join accounts other on other.id = credit_account_id where held.purpose = 'held')`;

/** By escrow: what came in, what went out in parts and as the platform's share of those, and who had how much of all. */
export const escrowMoved = `(
  select escrows.id as escrow_id,
      coalesce(sum(line.amount_minor) filter (where way = 'in'), 0) as taken_minor,
      coalesce(sum(line.amount_minor) filter (where way = 'out' and kind = 'escrow.release_part'), 0) as parts_minor,
      coalesce(sum(line.amount_minor) filter (
        where way = 'out' and kind = 'escrow.release_part' and purpose = 'fees'), 0) as parts_fee_minor,
      coalesce(sum(line.amount_minor) filter (where way = 'out' and purpose = 'fees'), 0) as fee_minor,
      coalesce(sum(line.amount_minor) filter (where way = 'out' and owner_id = payee_id::text), 0) as payee_minor,
      coalesce(sum(line.amount_minor) filter (where way = 'out' and owner_id = payer_id::text), 0) as payer_minor
    from escrows left join ${heldLines} line on line.escrow_id = escrows.id::text group by escrows.id)`;

/** What always holds between escrows, their people and the ledger. */
export const escrowInvariants: LedgerInvariant[] = [
  {
    name: 'escrow_people_are_users',
    sql: `select escrows.id as escrow_id, payer_id, payee_id from escrows
      left join users payer on payer.id = payer_id left join users payee on payee.id = payee_id
      where payer.id is null or payee_id is not null and payee.id is null`,
  },
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
  {
    // It comes from the payer's wallet, and goes to his, to the payee's or to the platform.
    name: 'escrow_moves_the_money_of_its_people',
    sql: `select line.id, escrow_id, kind, way, purpose, owner_id, payer_id, payee_id
      from ${heldLines} line left join escrows on escrows.id::text = escrow_id
      where not coalesce(case
        when way = 'in' then purpose = 'available' and owner_id = payer_id::text
        when purpose = 'available' then owner_id in (payer_id::text, payee_id::text)
        else purpose = 'fees' end, false)`,
  },
  {
    name: 'escrow_moved_what_its_row_says',
    sql: `select escrows.id as escrow_id, state, taken_minor::text, parts_minor::text, moved.parts_fee_minor::text,
        fee_minor::text, payee_minor::text, payer_minor::text
      from escrows join ${escrowMoved} moved on moved.escrow_id = escrows.id
      where (taken_minor, parts_minor, moved.parts_fee_minor)
          is distinct from (amount_minor, parts_released_minor, escrows.parts_fee_minor)
        or state in ('held', 'refunded', 'split') and fee_minor <> escrows.parts_fee_minor
        or state in ('held', 'refunded') and payee_minor <> parts_released_minor - escrows.parts_fee_minor
        or state = 'held' and payer_minor <> 0`,
  },
];
