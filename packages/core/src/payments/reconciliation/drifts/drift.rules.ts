import type { TopUpState, WithdrawalState } from '@errand-dash/contract';

/** What trying to close a drift by its ordinary command came to. */
export interface DriftAnswer {
  /** Our row is as the provider said, or further. */
  isFollowed: boolean;
  isLimited: boolean;
  retryAfterSeconds: number | null;
}

/** Whether a row of ours in this state has followed what the provider said of its payment or transfer. */
export function isFollowed(state: TopUpState | WithdrawalState, providerStatus: string): boolean {
  switch (state) {
    case 'succeeded':
    case 'mismatched':
    case 'returned':
    case 'reversed':
      return true;
    case 'paid':
      return providerStatus === 'success';
    default:
      return false;
  }
}
