import { type Balance, formatId, type TopUp as PresentedTopUp } from '@errand-dash/contract';
import type { TopUp, WalletBalance } from '@errand-dash/core';

/** A top-up as its owner sees it. The provider's address is of use only while the payment is open. */
export function presentTopUp(topUp: TopUp): PresentedTopUp {
  return {
    topUpId: formatId('topUp', topUp.id),
    state: topUp.state,
    amountMinor: Number(topUp.amountMinor),
    currency: topUp.currency,
    checkoutUrl: topUp.checkoutUrl,
    createdAt: topUp.createdAt,
    endedAt: topUp.endedAt,
  };
}

export function presentBalance(balance: WalletBalance): Balance {
  return {
    currency: balance.currency,
    availableMinor: Number(balance.availableMinor),
    heldMinor: Number(balance.heldMinor),
    frozenMinor: Number(balance.frozenMinor),
    onTheWayMinor: Number(balance.onTheWayMinor),
  };
}
