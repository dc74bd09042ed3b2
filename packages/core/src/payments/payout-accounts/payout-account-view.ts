import type { PayoutAccountState } from '@errand-dash/contract';
import type { SealingKey } from '../../sealing.ts';
import type { PayoutAccount } from './payout-account.rules.ts';
import { openAccountName } from './sealed-account.ts';

/** A payout account as its owner sees it. */
export interface PayoutAccountView {
  id: string;
  state: PayoutAccountState;
  bankName: string | null;
  accountLastFour: string;
  accountName: string | null;
  usableAt: Date;
  createdAt: Date;
  reason: string | null;
}

export function viewPayoutAccount(account: PayoutAccount, key: SealingKey): PayoutAccountView {
  const { id, state, bankName, accountLastFour, usableAt, createdAt, reason } = account;
  return {
    id,
    state,
    bankName,
    accountLastFour,
    accountName: openAccountName(key, account),
    usableAt,
    createdAt,
    reason,
  };
}
