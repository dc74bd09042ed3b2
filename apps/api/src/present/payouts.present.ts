import {
  formatId,
  type PayoutAccount as PresentedPayoutAccount,
  type Withdrawal as PresentedWithdrawal,
} from '@errand-dash/contract';
import type { PayoutAccountView, Withdrawal } from '@errand-dash/core';

export function presentPayoutAccount(account: PayoutAccountView): PresentedPayoutAccount {
  return {
    payoutAccountId: formatId('payoutAccount', account.id),
    state: account.state,
    bankName: account.bankName,
    accountNumberMasked: `******${account.accountLastFour}`,
    accountName: account.accountName,
    usableAt: account.usableAt,
    createdAt: account.createdAt,
  };
}

/** A withdrawal as its owner sees it. What the provider calls it, and what it takes, is the platform's affair. */
export function presentWithdrawal(withdrawal: Withdrawal): PresentedWithdrawal {
  return {
    withdrawalId: formatId('withdrawal', withdrawal.id),
    state: withdrawal.state,
    amountMinor: Number(withdrawal.amountMinor),
    currency: withdrawal.currency,
    payoutAccountId: formatId('payoutAccount', withdrawal.payoutAccountId),
    requestedAt: withdrawal.requestedAt,
    endedAt: withdrawal.endedAt,
  };
}
