import { type Kysely, sql } from 'kysely';

/** How much of an escrow has left it before its end, and who had escrows with whom. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // What is held now is the amount less this. All of it leaves at the end, and the end says how.
  `alter table escrows
    add parts_released_minor bigint not null default 0,
    add constraint escrows_parts_leave_a_rest check
      (parts_released_minor >= 0 and parts_released_minor < amount_minor),
    add constraint escrows_parts_have_a_payee check (parts_released_minor = 0 or payee_id is not null)`,
  `grant update (parts_released_minor) on escrows to errand_dash_application`,
  `create index escrows_by_payer_and_payee on escrows (payer_id, payee_id)`,
];
