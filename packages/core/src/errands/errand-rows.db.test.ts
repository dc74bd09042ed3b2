import { inTransaction } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postErrand } from './posting/post-errand.command.ts';
import { type ErrandScene, errandInput, makeErrandScene } from './testing/errand-scene.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
  await postErrand(scene.core, scene.ada.call(), await errandInput(scene));
});
afterAll(() => scene.database.drop());

/** As the owner, who may change every column. Nothing stays changed. */
async function changeRow(table: string, change: string): Promise<void> {
  const undone = new Error('undone');
  const changed = inTransaction(scene.database.owner, async (tx) => {
    const { numAffectedRows } = await sql`update ${sql.table(table)} set ${sql.raw(change)}`.execute(tx);
    expect(numAffectedRows).toBe(1n);
    throw undone;
  });
  await changed.catch((error: unknown) => {
    if (error !== undone) throw error;
  });
}

const somebody = "runner_id = '018f3c5a-0000-7000-8000-000000000001', accepted_at = posted_at";
const completed = `${somebody}, started_at = posted_at, completed_at = posted_at, goods_spent_minor = 0,
  receipt_sealed = 'x'`;

describe('what cannot be is refused by the database, whoever writes it', () => {
  const brokenErrands: [rule: string, change: string][] = [
    ['state', "state = 'lost'"],
    ['version', 'version = 0'],
    ['kind', "kind = 'walk_the_dog'"],
    ['reward', 'reward_minor = 0'],
    ['reward', 'reward_minor = 9007199254740992'],
    ['goods_budget', 'goods_budget_minor = -1'],
    ['goods_budget', 'goods_budget_minor = 9007199254740992'],
    ['commission', 'commission_minor = -1'],
    ['commission', 'commission_minor = reward_minor + 1'],
    ['late_cancellation', 'late_cancellation_minor = -1'],
    ['late_cancellation', 'late_cancellation_minor = reward_minor + 1'],
    ['started_cancellation', 'started_cancellation_minor = -1'],
    ['started_cancellation', 'started_cancellation_minor = reward_minor + 1'],
    ['fine_cell', "fine_cell = 'Lagos'"],
    ['fine_cell', "fine_cell = fine_cell || 'f'"],
    ['coarse_cell', "coarse_cell = ''"],
    ['expiry', "expires_at = due_at + interval '1 second'"],
    ['two_people', 'runner_id = sender_id, accepted_at = posted_at'],
    ['acceptance', 'accepted_at = posted_at'],
    ['acceptance', "runner_id = '018f3c5a-0000-7000-8000-000000000001'"],
    ['runner_too_early', somebody],
    ['runner_missing', "state = 'accepted', reopens_at = due_at"],
    ['start', `${somebody}, state = 'started'`],
    ['completion', `${somebody}, state = 'completed', started_at = posted_at`],
    ['completion', 'completed_at = posted_at'],
    ['completion_with_goods', 'goods_spent_minor = 0'],
    ['goods_spent', 'goods_spent_minor = goods_budget_minor + 1'],
    ['completion_with_receipt', "receipt_sealed = 'x'"],
    ['end', "state = 'cancelled'"],
    ['end', 'ended_at = posted_at'],
    ['reopening', `${somebody}, state = 'accepted'`],
    ['confirmation', `${completed}, state = 'completed'`],
  ];
  test.each(brokenErrands)('an errand against %s', async (rule, change) => {
    await expect(changeRow('errands', change)).rejects.toMatchObject({
      code: '23514',
      constraint: `errands_${rule}`,
    });
  });

  const brokenEscrows: [rule: string, change: string][] = [
    ['state', "state = 'lost'"],
    ['amount', 'amount_minor = 0'],
    ['amount', 'amount_minor = 9007199254740992'],
    ['cause', "cause_type = 'whim'"],
    ['two_people', 'payee_id = payer_id'],
    ['end', "state = 'refunded'"],
    ['end', 'ended_at = created_at'],
    ['payee', "state = 'released', ended_at = created_at"],
    ['parts_leave_a_rest', 'parts_released_minor = amount_minor'],
    ['parts_have_a_payee', 'parts_released_minor = 1'],
    ['parts_leave_a_rest', 'parts_released_minor = -1'],
    ['fees_are_of_parts', 'parts_fee_minor = parts_released_minor + 1'],
    ['fees_are_of_parts', 'parts_fee_minor = -1'],
  ];
  test.each(brokenEscrows)('an escrow against %s', async (rule, change) => {
    await expect(changeRow('escrows', change)).rejects.toMatchObject({
      code: '23514',
      constraint: `escrows_${rule}`,
    });
  });

  test('one that is in order passes, and so does a change that keeps it so', async () => {
    await changeRow('errands', 'version = version + 1');
    await changeRow('escrows', 'amount_minor = amount_minor + 1');
  });
});
