import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { findDataKeys } from '../../find-data-keys.ts';
import { nextOnSchedule } from '../check-schedule.rules.ts';
import type { PayoutAccount } from './payout-account.rules.ts';
import { leasePayoutAccount, lockPayoutAccountToAsk } from './payout-account.store.ts';
import { openAccountNumber } from './sealed-account.ts';

export interface ClaimPayoutAccount {
  payoutAccountId: string;
  /** `open` claims one at once, `check` one whose time to be asked about has come. */
  purpose: 'open' | 'check';
}

/** An account that nobody else asks about for a while. */
export interface ClaimedPayoutAccount {
  account: PayoutAccount;
  accountNumber: string;
  claimedAt: Date;
}

/**
 * Takes an account that the provider does not know yet, or answers null where somebody else does or it is not due.
 * Its answer is kept nowhere: it holds the account's number.
 */
export const claimPayoutAccount = command(
  'payout_account.claim',
  async (tx, input: ClaimPayoutAccount, context): Promise<{ result: ClaimedPayoutAccount | null }> => {
    const { now, policy, core } = context;
    const found = await lockPayoutAccountToAsk(tx, input.payoutAccountId);
    if (found === null || found.account.state !== 'created') return { result: null };
    const { account, leasedUntil } = found;
    if (leasedUntil !== null && leasedUntil > now) return { result: null };
    const isDue = account.nextCheckAt !== null && account.nextCheckAt <= now;
    if (input.purpose === 'check' && !isDue) return { result: null };
    const key = (await findDataKeys(tx, core, [account.userId])).get(account.userId);
    if (key === undefined) return { result: null };
    await leasePayoutAccount(tx, account.id, {
      leasedUntil: after(now, policy.payout.leaseSeconds),
      nextCheckAt: nextOnSchedule(account.createdAt, now, policy.payout.checkAfterSeconds),
      checksMade: account.checksMade + 1,
    });
    return { result: { account, accountNumber: openAccountNumber(key, account), claimedAt: now } };
  },
);
