import { signedCommand } from '../../approvals/index.ts';
import { orThrow } from '../../refusal.ts';
import { findAccountChangeRefusal, requireUser } from '../../users/index.ts';
import { newPayoutAccount, payoutAccountEvent } from './payout-account.rules.ts';
import { findOwnPayoutAccount, insertPayoutAccount } from './payout-account.store.ts';
import { sealAccountNumber } from './sealed-account.ts';
import { signedPayoutAccount } from './signed-payout-account.ts';

/**
 * Writes the account, its number sealed, before anything is asked of the provider. The same account again is the one
 * that is there, with its own time to cool.
 * Refuses with `SIGNATURE_REFUSED` and `ACCOUNT_COOLING`.
 */
export const createPayoutAccount = signedCommand(
  signedPayoutAccount,
  async (tx, { bankCode, accountNumber, approvalId }, context) => {
    const { core, now, policy } = context;
    const { userId } = orThrow(requireUser(context.viewer));
    const cooling = await findAccountChangeRefusal(tx, context.viewer, now);
    if (cooling !== null) return { refusal: cooling };
    const id = context.newId();
    const sealed = sealAccountNumber(core, context.dataKey(), id, { bankCode, accountNumber });
    const account = newPayoutAccount({ id, userId, approvalId, bankCode, ...sealed }, now, policy.payout);
    if (await insertPayoutAccount(tx, account)) {
      return { result: { id }, events: [payoutAccountEvent(account)] };
    }
    const existing = await findOwnPayoutAccount(tx, userId, account.accountNumberIndex);
    if (existing === null) throw new Error('the account that stood in the way is gone');
    return { result: { id: existing.id } };
  },
);
