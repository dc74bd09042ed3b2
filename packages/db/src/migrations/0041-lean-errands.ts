import { type Kysely, sql } from 'kysely';

/**
 * Errands and escrows, cheaper to write. Nothing that a row alone can tell is taken that was refused before:
 *
 * - Each foreign key cost every insert a look-up, a lock and a write of the row that it names, which all errands of
 *   one person share. What they name now stays for good; that it was there to begin with, invariants vouch for.
 * - That no two errands have one escrow follows from what an escrow says it is held for, of which there is one each.
 * - The states are a rule like the others, without a CHECK whose text is read anew at every statement.
 * - What an errand and its escrow are when they begin is one condition. The list of rules is gone through for all else.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

interface Rules {
  /** What most rows are that are written in the first state. It says more than all rules together. */
  begun: { state: string; conditions: string[] };
  rules: Record<string, string>;
}

const escrowRules: Rules = {
  begun: {
    state: 'held',
    conditions: [
      'new.amount_minor between 1 and 9007199254740991',
      "new.cause_type = 'errand'",
      'new.payee_id is null',
      'new.ended_at is null',
      'new.parts_released_minor = 0',
      'new.parts_fee_minor = 0',
    ],
  },
  rules: {
    state: "new.state in ('held', 'released', 'refunded', 'split')",
    amount: 'new.amount_minor between 1 and 9007199254740991',
    cause: "new.cause_type = 'errand'",
    two_people: 'new.payer_id <> new.payee_id',
    end: "(new.state = 'held') = (new.ended_at is null)",
    payee: "new.payee_id is not null or new.state in ('held', 'refunded')",
    parts_leave_a_rest: 'new.parts_released_minor >= 0 and new.parts_released_minor < new.amount_minor',
    parts_have_a_payee: 'new.parts_released_minor = 0 or new.payee_id is not null',
    fees_are_of_parts: 'new.parts_fee_minor between 0 and new.parts_released_minor',
  },
};

// In whatever state it is.
const errandAlways = {
  version: 'new.version >= 1',
  kind: "new.kind = 'buy_and_deliver'",
  reward: 'new.reward_minor between 1 and 9007199254740991',
  goods_budget: 'new.goods_budget_minor between 0 and 9007199254740991',
  commission: 'new.commission_minor between 0 and new.reward_minor',
  late_cancellation: 'new.late_cancellation_minor between 0 and new.reward_minor',
  started_cancellation: 'new.started_cancellation_minor between 0 and new.reward_minor',
  fine_cell: "new.fine_cell ~ '^[0-9a-f]{15}$'",
  coarse_cell: "new.coarse_cell ~ '^[0-9a-f]{15}$'",
  expiry: 'new.expires_at <= new.due_at',
};

const errandRules: Rules = {
  begun: {
    state: 'posted',
    conditions: [
      ...Object.values(errandAlways),
      'new.runner_id is null',
      'new.accepted_at is null',
      'new.completed_at is null',
      'new.goods_spent_minor is null',
      'new.receipt_sealed is null',
      'new.ended_at is null',
    ],
  },
  rules: {
    state: "new.state in ('posted', 'accepted', 'started', 'completed', 'confirmed', 'cancelled', 'expired')",
    ...errandAlways,
    goods_spent: 'new.goods_spent_minor between 0 and new.goods_budget_minor',
    two_people: 'new.sender_id <> new.runner_id',
    acceptance: '(new.runner_id is null) = (new.accepted_at is null)',
    runner_too_early: "new.state not in ('posted', 'expired') or new.runner_id is null",
    runner_missing:
      "new.state not in ('accepted', 'started', 'completed', 'confirmed') or new.runner_id is not null",
    start: "new.state not in ('started', 'completed', 'confirmed') or new.started_at is not null",
    completion: "(new.state in ('completed', 'confirmed')) = (new.completed_at is not null)",
    completion_with_goods: '(new.completed_at is null) = (new.goods_spent_minor is null)',
    completion_with_receipt: '(new.completed_at is null) = (new.receipt_sealed is null)',
    end: "(new.state in ('confirmed', 'cancelled', 'expired')) = (new.ended_at is not null)",
    reopening: "new.state <> 'accepted' or new.reopens_at is not null",
    confirmation: "new.state <> 'completed' or new.confirms_at is not null",
  },
};

/**
 * The trigger's function. As with a CHECK, a rule whose condition is null is kept. PL/pgSQL makes an expression ready
 * once a transaction, and only one that it comes to: so what is seldom asked stands by itself.
 */
function checking(table: string, { begun, rules }: Rules): string {
  const all = Object.values(rules).map((rule) => `(${rule})`);
  const cases = Object.entries(rules).map(
    ([name, rule]) => `when (${rule}) is false then '${table}_${name}'`,
  );
  return `create or replace function check_${table}() returns trigger language plpgsql as $$
    declare
      broken pg_catalog.text;
    begin
      if new.state = '${begun.state}' then
        if ${begun.conditions.join('\n and ')} then
          return new;
        end if;
      end if;
      if (${all.join('\n and ')}) is not false then
        return new;
      end if;
      broken := case ${cases.join('\n')} end;
      raise exception 'a row of ${table} violates the rule "%"', broken
        using errcode = 'check_violation', table = '${table}', constraint = broken;
    end $$`;
}

const staying = (table: string) =>
  `create trigger ${table}_stay before delete or truncate or update of id on ${table}
    for each statement execute function refuse_to_rewrite()`;

const statements = [
  checking('escrows', escrowRules),
  checking('errands', errandRules),
  'alter table escrows drop constraint escrows_state',
  'alter table errands drop constraint errands_state',
  staying('users'),
  staying('escrows'),
  'alter table escrows drop constraint escrows_payer_id_fkey, drop constraint escrows_payee_id_fkey',
  `alter table errands drop constraint errands_sender_id_fkey, drop constraint errands_runner_id_fkey,
    drop constraint errands_escrow_id_fkey, drop constraint errands_escrow_id_key`,
];
