import type { PaystackTransfer } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { providerCall } from '../provider-call.ts';
import { settleWithdrawal } from './settle-withdrawal.command.ts';
import type { ProviderTransfer } from './transfer.rules.ts';
import type { Withdrawal } from './withdrawal.rules.ts';
import { findWithdrawalByReference } from './withdrawal.store.ts';

/** What asking the provider about a transfer came to. */
export type TransferConfirmation =
  /** The provider spoke; the withdrawal is as it stands after that. */
  | { outcome: 'answered'; withdrawal: Withdrawal }
  /** The provider does not know the transfer, or not yet: soon after it was sent it may still be looking at it. */
  | { outcome: 'notFound' }
  /** Nothing certain came back: ask again, not before this time where it was given. */
  | { outcome: 'unanswered'; retryAfterSeconds: number | null }
  /** No withdrawal of ours has this reference. */
  | { outcome: 'notOurs' };

/**
 * Asks the provider about the transfer and lets the withdrawal follow. Webhooks, both sweeps and reconciliation all
 * come here, and nothing that a webhook says is believed before.
 */
export async function confirmWithdrawal(core: Core, reference: string): Promise<TransferConfirmation> {
  const withdrawal = await findWithdrawalByReference(core.db, reference);
  if (withdrawal === null) return { outcome: 'notOurs' };
  const answer = await core.payments.paystack.verifyTransfer(reference);
  const fields = { withdrawalId: withdrawal.id, outcome: answer.outcome };
  switch (answer.outcome) {
    case 'ok': {
      const transfer = transferOf(answer.value);
      const settled = await settleWithdrawal(core, providerCall(`transfer/${transfer.id}`), { transfer });
      return { outcome: 'answered', withdrawal: settled };
    }
    case 'notFound':
      return { outcome: 'notFound' };
    case 'limited':
      return { outcome: 'unanswered', retryAfterSeconds: answer.retryAfterSeconds };
    case 'unauthorized':
      core.log('error', 'the provider does not accept our key', fields);
      return { outcome: 'unanswered', retryAfterSeconds: null };
    case 'refused':
      core.log('error', 'the provider refused to tell of a transfer', { ...fields, code: answer.code });
      return { outcome: 'unanswered', retryAfterSeconds: null };
    case 'unknown':
      core.log('warn', 'the provider gave no answer', { ...fields, reason: answer.reason });
      return { outcome: 'unanswered', retryAfterSeconds: null };
  }
}

/** The rest of it, such as the payee's account, goes no further. */
function transferOf(value: PaystackTransfer): ProviderTransfer {
  const { id, domain, status, reference, amountMinor, currency, feeChargedMinor, recipientCode } = value;
  return { id, domain, status, reference, amountMinor, currency, feeChargedMinor, recipientCode };
}
