import { CompiledQuery, type Kysely } from 'kysely';
import type { Database } from '../tables/database.ts';
import { rowsAheadOf } from './sealing/read-in-order.ts';

/** What always holds, as a query for the rows that offend. */
export interface LedgerInvariant {
  name: string;
  sql: string;
}

export interface InvariantViolation {
  invariant: string;
  row: Record<string, unknown>;
}

/** Every line of every guarded account: what it changed and what it says was there after it. */
const guardedLines = `(
  select debit_account_id as account_id, debit_version as version, debit_balance_minor as balance_minor,
      -amount_minor as change_minor, id, set_id
    from transfers where debit_version is not null
  union all
  select credit_account_id, credit_version, credit_balance_minor, amount_minor, id, set_id
    from transfers where credit_version is not null)`;

/** What all transfers of one set say alike. */
const saidByTheSet = (name: string) =>
  `(${[
    'legs',
    'posted_at',
    'kind',
    'cause_type',
    'cause_id',
    'authority_kind',
    'authority_reference',
    'authority_detail',
  ]
    .map((column) => `${name}.${column}`)
    .join()})`;

/** Run by reconciliation, tests and the story. Another module adds its own by joining the lists. */
export const ledgerInvariants: LedgerInvariant[] = [
  {
    name: 'balances_sum_to_zero',
    sql: `select currency, sum(balance_minor)::text as sum_minor from account_balances
      group by currency having sum(balance_minor) <> 0`,
  },
  {
    name: 'stored_balance_equals_its_recomputation',
    sql: `select id, purpose, owner_id, currency, balance_minor::text, version::text,
        coalesce(recomputed_minor, 0)::text as recomputed_minor, coalesce(lines, 0)::text as lines
      from accounts left join (
        select account_id, sum(change_minor) as recomputed_minor, count(*) as lines
          from ${guardedLines} line group by account_id) recomputed on account_id = id
      where guarded and (balance_minor is distinct from coalesce(recomputed_minor, 0)
        or version is distinct from coalesce(lines, 0))`,
  },
  {
    // Of a restored copy only after its new epoch has begun; before that nobody reads a checkpoint.
    name: 'checkpoint_equals_what_it_covers',
    sql: `with covered as (
        select account_id, sum(change_minor) as balance_minor, count(*) as transfers from (
            select debit_account_id as account_id, -amount_minor as change_minor, transaction_id
              from transfers where debit_version is null
            union all
            select credit_account_id, amount_minor, transaction_id from transfers where credit_version is null) line
          where transaction_number(transaction_id) < (select below from checkpoint_horizon)
          group by account_id)
      select account_id, checkpoint.balance_minor::text, checkpoint.transfers::text,
          covered.balance_minor::text as covered_minor, covered.transfers::text as covered_transfers
        from account_checkpoints checkpoint full join covered using (account_id)
        where (checkpoint.balance_minor, checkpoint.transfers) is distinct from (covered.balance_minor, covered.transfers)
          and settled_below() is not null`,
  },
  {
    name: 'unguarded_balance_equals_its_recomputation',
    sql: `select id, purpose, owner_id, currency, balance_minor::text, coalesce(recomputed_minor, 0)::text as recomputed_minor
      from account_balances left join (
        select account_id, sum(change_minor) as recomputed_minor from (
            select debit_account_id as account_id, -amount_minor as change_minor
              from transfers where debit_version is null
            union all
            select credit_account_id, amount_minor from transfers where credit_version is null) line
          group by account_id) recomputed on account_id = id
      where not guarded and balance_minor <> coalesce(recomputed_minor, 0)`,
  },
  {
    name: 'guarded_balance_is_within_bounds',
    sql: `select id, purpose, owner_id, currency, balance_minor::text from accounts
      where guarded and not coalesce(balance_minor between 0 and 9007199254740991, false)`,
  },
  {
    name: 'no_set_left_a_guarded_balance_below_zero',
    sql: `select set_id, account_id, balance_minor::text from (
        select distinct on (set_id, account_id) set_id, account_id, balance_minor
          from ${guardedLines} line order by set_id, account_id, version desc) after_set
      where balance_minor < 0`,
  },
  {
    // What says more, either way, is not to be told nor sealed.
    name: 'line_is_what_an_amount_can_say',
    sql: `select id, account_id, version::text, balance_minor::text from ${guardedLines} line
      where balance_minor not between -9007199254740991 and 9007199254740991`,
  },
  {
    name: 'lines_form_a_chain',
    sql: `select id, account_id, version::text, balance_minor::text from (
        select line.*, row_number() over own as expected_version, sum(change_minor) over own as expected_minor
          from ${guardedLines} line window own as (partition by account_id order by version)) chained
      where version <> expected_version or balance_minor is distinct from expected_minor`,
  },
  {
    name: 'transfer_is_sound',
    sql: `select transfers.id from transfers
      left join accounts debit on debit.id = debit_account_id
      left join accounts credit on credit.id = credit_account_id
      where amount_minor not between 1 and 9007199254740991 or debit.id is null or credit.id is null
        or debit.id = credit.id or transfers.currency <> debit.currency or transfers.currency <> credit.currency
        or debit.guarded <> (debit_version is not null) or debit.guarded <> (debit_balance_minor is not null)
        or credit.guarded <> (credit_version is not null) or credit.guarded <> (credit_balance_minor is not null)`,
  },
  {
    // Such a row would be read by nobody who reads in order: neither folded nor sealed.
    name: 'transfer_is_of_a_transaction_that_was',
    sql: rowsAheadOf('transfers'),
  },
  {
    name: 'transfer_stands_in_its_set',
    sql: `select transfers.id, transfers.set_id, transfers.leg, transfers.legs
      from transfers left join transfers first on first.id = transfers.set_id and first.leg = 1
      where first.id is null or transfers.leg not between 1 and first.legs
        or (transfers.leg = 1) <> (transfers.id = transfers.set_id)
        or (transfers.leg > 1 and (transfers.provider_reference is not null
          or transfers.reverses_set_id is not null))
        or ${saidByTheSet('transfers')} is distinct from ${saidByTheSet('first')}`,
  },
  {
    name: 'set_has_all_of_its_transfers',
    sql: `select set_id, max(legs) as legs, count(distinct leg)::text as found from transfers
      group by set_id having count(distinct leg) <> max(legs) or count(*) <> max(legs)`,
  },
  {
    name: 'set_has_an_authority',
    sql: `select id, kind, authority_kind from transfers where authority_reference = '' or kind = ''
      or authority_kind not in ('session', 'passkey', 'clock', 'provider', 'operator')`,
  },
  {
    name: 'provider_reference_has_one_effect',
    sql: `select provider_reference, count(*)::text as sets from transfers
      where provider_reference is not null group by provider_reference having count(*) > 1`,
  },
  {
    name: 'reversal_takes_back_one_set_once',
    sql: `select reversing.id, reversing.reverses_set_id
      from (select id, legs, reverses_set_id, count(*) over (partition by reverses_set_id) as times
        from transfers where reverses_set_id is not null) reversing
      left join transfers reversed on reversed.id = reversing.reverses_set_id
      where reversing.times > 1 or reversed.leg is distinct from 1 or reversed.legs <> reversing.legs
          or reversed.reverses_set_id is not null
          or exists (
            select from transfers leg left join transfers taken
                on taken.set_id = reversed.id and taken.leg = reversed.legs + 1 - leg.leg
              where leg.set_id = reversing.id
                and (leg.debit_account_id, leg.credit_account_id, leg.amount_minor)
                is distinct from (taken.credit_account_id, taken.debit_account_id, taken.amount_minor))`,
  },
  {
    // What posting looks up to tell that a reference was used is what the transfers say.
    name: 'reference_is_kept_of_its_set',
    sql: `select kind, reference, set_id from (
        select 'provider_reference' as kind, provider_reference as reference, id as set_id, true as is_said
          from transfers where provider_reference is not null
        union all select 'reversed_set', reverses_set_id::text, id, true
          from transfers where reverses_set_id is not null) said
      full join (select kind, reference, set_id, true as is_kept from set_references) kept
        using (kind, reference, set_id)
      where is_said is null or is_kept is null`,
  },
  {
    name: 'limit_counter_is_the_sum_of_its_counts',
    sql: `select limit_name, owner_id, currency, day, used_minor::text, counted_minor::text
      from limit_counters full join (
        select limit_name, owner_id, currency, day, sum(amount_minor) as counted_minor
          from limit_counts group by limit_name, owner_id, currency, day) counted
        using (limit_name, owner_id, currency, day)
      where used_minor is null or used_minor <> coalesce(counted_minor, 0)`,
  },
  {
    name: 'limit_was_counted_by_a_set_of_its_day',
    sql: `select limit_counts.set_id, limit_name, day from limit_counts
      left join transfers on transfers.id = limit_counts.set_id and leg = 1
      where day is distinct from lagos_day(posted_at)`,
  },
  {
    name: 'account_is_what_its_id_says',
    sql: `select accounts.id, accounts.purpose, owner_id, currency from accounts
      left join account_purposes known on known.purpose = accounts.purpose
      where known.purpose is null or known.guarded <> accounts.guarded
        or known.has_owner <> (owner_id is not null) or accounts.guarded <> (balance_minor is not null)
        or accounts.guarded <> (version is not null)
        or accounts.id <> account_id_of(accounts.purpose, owner_id, currency)`,
  },
];

/** Every row that offends one of the invariants, a hundred of each at most. Empty is how it must be. */
export async function checkInvariants(
  db: Kysely<Database>,
  invariants: LedgerInvariant[] = ledgerInvariants,
): Promise<InvariantViolation[]> {
  const violations: InvariantViolation[] = [];
  for (const { name, sql } of invariants) {
    const query = CompiledQuery.raw(`select * from (${sql}) offending limit 100`);
    const { rows } = await db.executeQuery<Record<string, unknown>>(query);
    for (const row of rows) violations.push({ invariant: name, row });
  }
  return violations;
}
