import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { nextOnSchedule } from '../check-schedule.rules.ts';
import type { PayoutAccount } from './payout-account.rules.ts';
import { leasePayoutAccount, lockPayoutAccountToAsk } from './payout-account.store.ts';

export interface ClaimPayoutAccount {
  payoutAccountId: string;
  /** `open` claims one at once, `check` one whose time to be asked about has come. */
  purpose: 'open' | 'check';
}

/** An account that nobody else asks about for a while. */
export interface ClaimedPayoutAccount {
  account: PayoutAccount;
  /** With which its number opens: a claim must not fail by what is in the row, or it is due for ever. */
  wrappedKey: Uint8Array | null;
  claimedAt: Date;
}

/**
 * Takes an account that the provider does not know yet, or answers null where somebody else does or it is not due.
 * The schedule moves on with the claim.
 */
export const claimPayoutAccount = command(
  'payout_account.claim',
  async (tx, input: ClaimPayoutAccount, context): Promise<{ result: ClaimedPayoutAccount | null }> => {
    const { now, policy } = context;
    const found = await lockPayoutAccountToAsk(tx, input.payoutAccountId);
    if (found === null || found.account.state !== 'created') return { result: null };
    const { account, leasedUntil, wrappedKey } = found;
    if (leasedUntil !== null && leasedUntil > now) return { result: null };
    const isDue = account.nextCheckAt !== null && account.nextCheckAt <= now;
    if (input.purpose === 'check' && !isDue) return { result: null };
    await leasePayoutAccount(tx, account.id, {
      leasedUntil: after(now, policy.payout.leaseSeconds),
      nextCheckAt: nextOnSchedule(account.createdAt, now, policy.payout.checkAfterSeconds),
      checksMade: account.checksMade + 1,
    });
    return { result: { account, wrappedKey, claimedAt: now } };
  },
);
