import { command } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { decideRemoval, payoutAccountEvent } from './payout-account.rules.ts';
import { lockPayoutAccount, savePayoutAccount } from './payout-account.store.ts';
import { viewPayoutAccount } from './payout-account-view.ts';

/**
 * Takes an account away; the same one added again has to cool again. A withdrawal that is under way still goes there.
 * Refuses with `OBJECT_NOT_FOUND` and `TRANSITION_REFUSED`.
 */
export const removePayoutAccount = command(
  'wallet.removePayoutAccount',
  async (tx, { payoutAccountId }: { payoutAccountId: string }, context) => {
    const { userId } = orThrow(requireUser(context.viewer));
    const account = await lockPayoutAccount(tx, payoutAccountId);
    if (account === null || account.userId !== userId) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
    const removed = orThrow(decideRemoval(account, context.now));
    await savePayoutAccount(tx, removed);
    return { result: viewPayoutAccount(removed, context.dataKey()), events: [payoutAccountEvent(removed)] };
  },
);
