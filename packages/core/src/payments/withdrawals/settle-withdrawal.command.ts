import type { Tx } from '@errand-dash/db';
import { type CommandContext, type CommandOutcome, command } from '../../command.ts';
import { postOrThrow } from '../../ledger.ts';
import {
  decideRefusedSending,
  decideTransfer,
  type ProviderTransfer,
  type RefusedSending,
  type TransferSettlement,
} from './transfer.rules.ts';
import { type Withdrawal, withdrawalEvent } from './withdrawal.rules.ts';
import { lockWithdrawal, lockWithdrawalByReference, saveWithdrawal } from './withdrawal.store.ts';

/**
 * Lets a withdrawal follow from what the provider was found to say of its transfer, and posts what moved. Called any
 * number of times, in any order, each step moves money once: by the state under the row's lock, and by the unique
 * provider reference of each posting besides.
 */
export const settleWithdrawal = command(
  'withdrawal.settle',
  async (tx, { transfer }: { transfer: ProviderTransfer }, context) => {
    const { now, policy, core } = context;
    const withdrawal = await lockWithdrawalByReference(tx, transfer.reference);
    if (withdrawal === null) throw new Error('no withdrawal has this reference');
    const { mode } = core.payments;
    const settlement = decideTransfer(withdrawal, transfer, { mode, now, policy: policy.payout });
    return apply(tx, context, withdrawal, settlement);
  },
);

/** Lets a withdrawal follow from the provider's refusal to make its transfer. Fenced by the number of the attempt. */
export const refuseSending = command(
  'withdrawal.refuseSending',
  async (tx, { withdrawalId, ...refused }: RefusedSending & { withdrawalId: string }, context) => {
    const { now, policy } = context;
    const withdrawal = await lockWithdrawal(tx, withdrawalId);
    if (withdrawal === null) throw new Error('no such withdrawal');
    const settlement = decideRefusedSending(withdrawal, refused, { now, policy: policy.payout });
    return apply(tx, context, withdrawal, settlement);
  },
);

async function apply(
  tx: Tx,
  context: CommandContext,
  withdrawal: Withdrawal,
  settlement: TransferSettlement | null,
): Promise<CommandOutcome<Withdrawal>> {
  if (settlement === null) return { result: withdrawal };
  for (const movement of settlement.movements) await postOrThrow(tx, context, movement);
  const { withdrawal: changed, hasMoved } = settlement;
  await saveWithdrawal(tx, changed);
  if (changed.attention !== null && changed.attention !== withdrawal.attention) {
    const fields = { withdrawalId: changed.id, state: changed.state, attention: changed.attention };
    context.core.log('error', 'a withdrawal needs an operator', fields);
  }
  const event = hasMoved ? withdrawalEvent(changed) : null;
  return { result: changed, events: event === null ? [] : [event] };
}
