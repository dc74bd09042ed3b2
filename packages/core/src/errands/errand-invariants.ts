import type { LedgerInvariant } from '@errand-dash/db';
import { isFinal } from '../state-machine.ts';
import { errandMachine } from './errand.machine.ts';

const finalStates = Object.keys(errandMachine)
  .filter((state) => isFinal(errandMachine, state))
  .map((state) => `'${state}'`)
  .join(', ');

/** What always holds between errands and their escrows. */
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
];
