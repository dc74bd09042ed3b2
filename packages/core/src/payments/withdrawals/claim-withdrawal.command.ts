import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { withdrawalMachine } from './withdrawal.machine.ts';
import { isOverdue, nextWithdrawalCheck, type Withdrawal } from './withdrawal.rules.ts';
import { leaseWithdrawal, lockWithdrawalToAsk } from './withdrawal.store.ts';

export interface ClaimWithdrawal {
  withdrawalId: string;
  purpose: 'send' | 'check';
}

/** A withdrawal about which nobody else speaks with the provider for a while. */
export interface ClaimedWithdrawal {
  withdrawal: Withdrawal;
  /** Whether no earlier attempt can have had an effect. */
  isFresh: boolean;
  isOverdue: boolean;
}

/**
 * Takes a due withdrawal for one exchange with the provider, or answers null where somebody else has it. From here on
 * the row says that the provider may know of it, so that a worker that dies is followed by one who asks first.
 */
export const claimWithdrawal = command(
  'withdrawal.claim',
  async (tx, input: ClaimWithdrawal, { now, policy }): Promise<{ result: ClaimedWithdrawal | null }> => {
    const found = await lockWithdrawalToAsk(tx, input.withdrawalId);
    if (found === null || (found.leasedUntil !== null && found.leasedUntil > now)) return { result: null };
    const { withdrawal } = found;
    const isDue = withdrawal.nextCheckAt !== null && withdrawal.nextCheckAt <= now;
    const { purpose } = input;
    const state = decideTransition(withdrawalMachine, 'withdrawal', withdrawal.state, purpose, 'clock');
    if (!isDue || isRefusal(state)) return { result: null };
    const taken: Withdrawal = {
      ...withdrawal,
      state,
      attempts: withdrawal.attempts + (purpose === 'send' ? 1 : 0),
      checksMade: withdrawal.checksMade + 1,
      nextCheckAt: nextWithdrawalCheck({ ...withdrawal, state }, now, policy.payout),
    };
    await leaseWithdrawal(tx, taken, after(now, policy.payout.leaseSeconds));
    const isFresh = withdrawal.state === 'requested';
    return { result: { withdrawal: taken, isFresh, isOverdue: isOverdue(withdrawal, now, policy.payout) } };
  },
);
