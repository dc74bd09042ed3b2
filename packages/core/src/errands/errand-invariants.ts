import type { LedgerInvariant } from '@errand-dash/db';
import { escrowMoved } from '../escrow/index.ts';
import { isFinal } from '../state-machine.ts';
import { errandMachine } from './errand.machine.ts';

const finalStates = Object.keys(errandMachine)
  .filter((state) => isFinal(errandMachine, state))
  .map((state) => `'${state}'`)
  .join(', ');

/** What always holds between errands, their people and their escrows. */
export const errandInvariants: LedgerInvariant[] = [
  {
    name: 'errand_and_escrow_end_together',
    sql: `select errands.id, errands.state, escrows.state as escrow_state
      from errands join escrows on escrows.id = escrow_id
      where (errands.state in (${finalStates})) <> (escrows.state <> 'held')
        or (errands.state = 'confirmed') <> (escrows.state = 'released')`,
  },
  {
    name: 'errand_and_escrow_agree',
    sql: `select errands.id, escrows.id as escrow_id from errands full join escrows on escrows.id = escrow_id
      where errands.id is null or escrows.id is null or cause_id <> errands.id
        or payer_id <> sender_id or payee_id is distinct from runner_id or escrows.currency <> errands.currency
        or escrows.amount_minor <> reward_minor + goods_budget_minor`,
  },
  {
    name: 'errand_people_are_users',
    sql: `select errands.id, sender_id, runner_id from errands
      left join users sender on sender.id = sender_id left join users runner on runner.id = runner_id
      where sender.id is null or runner_id is not null and runner.id is null`,
  },
  {
    // What the runner had in parts he keeps, were it more; then the sender gets back what is left for her.
    name: 'errand_paid_what_was_agreed',
    sql: `select errands.id, moved.payee_minor::text, due.payee_minor::text as payee_due_minor, payer_minor::text,
        least(goods_budget_minor - coalesce(goods_spent_minor, 0),
          escrows.amount_minor - escrows.parts_fee_minor - due.payee_minor)::text as payer_due_minor
      from errands join escrows on escrows.id = errands.escrow_id
      join ${escrowMoved} moved on moved.escrow_id = escrows.id
      cross join lateral (select least(escrows.amount_minor - escrows.parts_fee_minor, greatest(
          parts_released_minor - escrows.parts_fee_minor,
          reward_minor - commission_minor + coalesce(goods_spent_minor, 0))) as payee_minor) due
      where errands.state = 'confirmed' and (moved.payee_minor, payer_minor) is distinct from (due.payee_minor,
        least(goods_budget_minor - coalesce(goods_spent_minor, 0),
          escrows.amount_minor - escrows.parts_fee_minor - due.payee_minor))`,
  },
];
