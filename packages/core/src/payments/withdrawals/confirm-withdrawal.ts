import type { PaystackTransfer } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { problemOfQuestion, type QuestionProblem } from '../problem-of-question.ts';
import { providerCall } from '../provider-call.ts';
import { settleWithdrawal } from './settle-withdrawal.command.ts';
import type { ProviderTransfer } from './transfer.rules.ts';
import type { Withdrawal } from './withdrawal.rules.ts';
import { findWithdrawalByReference } from './withdrawal.store.ts';

/** What asking the provider about a transfer came to. */
export type TransferConfirmation =
  /** The provider spoke; the withdrawal is as it stands after that. */
  | { outcome: 'answered'; withdrawal: Withdrawal }
  | QuestionProblem
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
  if (answer.outcome !== 'ok')
    return problemOfQuestion(core, answer, { noun: 'transfer', withdrawalId: withdrawal.id });
  const transfer = transferOf(answer.value);
  const settled = await settleWithdrawal(core, providerCall(`transfer/${transfer.id}`), { transfer });
  return { outcome: 'answered', withdrawal: settled };
}

/** The rest of it, such as the payee's account, goes no further. */
function transferOf(value: PaystackTransfer): ProviderTransfer {
  const { id, domain, status, reference, amountMinor, currency, feeChargedMinor, recipientCode } = value;
  return { id, domain, status, reference, amountMinor, currency, feeChargedMinor, recipientCode };
}
