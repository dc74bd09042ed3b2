import { type Kysely, sql } from 'kysely';

/** How much of what left an escrow in parts was the platform's: its end gives everybody what he has not had yet. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table escrows add parts_fee_minor bigint not null default 0',
  // What was released in parts until now, as the ledger has it.
  `update escrows set parts_fee_minor = coalesce((
      select sum(transfers.amount_minor) from transfers
      join accounts held on held.id = debit_account_id
      join accounts paid on paid.id = credit_account_id
      where held.purpose = 'held' and held.owner_id = escrows.id::text and paid.purpose = 'fees'
        and transfers.kind = 'escrow.release_part'), 0)
    where parts_released_minor > 0`,
  'grant update (parts_fee_minor) on escrows to errand_dash_application',
  `create or replace function check_escrows() returns trigger language plpgsql
      set search_path = pg_catalog, public, pg_temp as $$
    declare
      broken text := case
        when (new.amount_minor between 1 and 9007199254740991) is false then 'escrows_amount'
        when (new.cause_type = 'errand') is false then 'escrows_cause'
        when (new.payer_id <> new.payee_id) is false then 'escrows_two_people'
        when ((new.state = 'held') = (new.ended_at is null)) is false then 'escrows_end'
        when (new.payee_id is not null or new.state in ('held', 'refunded')) is false then 'escrows_payee'
        when (new.parts_released_minor >= 0 and new.parts_released_minor < new.amount_minor) is false
          then 'escrows_parts_leave_a_rest'
        when (new.parts_released_minor = 0 or new.payee_id is not null) is false then 'escrows_parts_have_a_payee'
        when (new.parts_fee_minor between 0 and new.parts_released_minor) is false
          then 'escrows_fees_are_of_parts'
        end;
    begin
      if broken is not null then
        raise exception 'a row of escrows violates the rule "%"', broken
          using errcode = 'check_violation', table = 'escrows', constraint = broken;
      end if;
      return new;
    end $$`,
];
