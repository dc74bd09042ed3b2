import { signedCommand } from '../../approvals/index.ts';
import { isRefusal, orThrow, refuse } from '../../refusal.ts';
import { findAccountChangeRefusal, requireUser } from '../../users/index.ts';
import { decideRemoval, payoutAccountEvent } from './payout-account.rules.ts';
import { lockPayoutAccount, savePayoutAccount } from './payout-account.store.ts';
import { viewPayoutAccount } from './payout-account-view.ts';
import { signedRemoval } from './signed-payout-account.ts';

/**
 * Takes an account away, signed for; the same one added again has to cool again. A withdrawal that is under way still
 * goes there. Refuses with `SIGNATURE_REFUSED`, `OBJECT_NOT_FOUND`, `ACCOUNT_COOLING` and
 * `TRANSITION_REFUSED`.
 */
export const removePayoutAccount = signedCommand(signedRemoval, async (tx, { payoutAccountId }, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const account = await lockPayoutAccount(tx, payoutAccountId);
  if (account === null || account.userId !== userId) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
  const cooling = await findAccountChangeRefusal(tx, context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  const removed = decideRemoval(account, context.now);
  if (isRefusal(removed)) return { refusal: removed };
  await savePayoutAccount(tx, removed);
  return { result: viewPayoutAccount(removed, context.dataKey()), events: [payoutAccountEvent(removed)] };
});
