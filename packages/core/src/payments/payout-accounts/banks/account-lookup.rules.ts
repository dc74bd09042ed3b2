import type { PaystackResult, ResolvedAccount } from '@errand-dash/paystack';

/** What asking a bank about an account came to. */
export type AccountLookup =
  | { outcome: 'found'; accountName: string }
  /** The bank has no such account. */
  | { outcome: 'absent' }
  | { outcome: 'refused'; code: string }
  /** Nothing certain came back: ask again, not before this time where it was given. */
  | { outcome: 'unanswered'; retryAfterSeconds: number | null };

/** What the provider's answer about an account says of it. That we asked too often says nothing. */
export function lookupOf(answer: PaystackResult<ResolvedAccount>): AccountLookup {
  switch (answer.outcome) {
    case 'ok':
      return { outcome: 'found', accountName: answer.value.accountName };
    case 'limited':
      return { outcome: 'unanswered', retryAfterSeconds: answer.retryAfterSeconds };
    case 'refused':
      // "Test mode daily limit of 3 live bank resolves exceeded" has been seen with 400 as well as with 429.
      if (LIMIT.test(answer.message)) return { outcome: 'unanswered', retryAfterSeconds: null };
      if (ABSENT.test(answer.message)) return { outcome: 'absent' };
      return { outcome: 'refused', code: answer.code ?? answer.reason };
    default:
      return { outcome: 'unanswered', retryAfterSeconds: null };
  }
}

const LIMIT = /limit|exceeded|too many/i;
const ABSENT = /could not resolve account/i;
