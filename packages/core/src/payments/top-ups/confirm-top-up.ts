import type { PaystackTransaction } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { problemOfQuestion, type QuestionProblem } from '../problem-of-question.ts';
import { providerCall } from '../provider-call.ts';
import { settleTopUp } from './settle-top-up.command.ts';
import type { ProviderPayment, TopUp } from './top-up.rules.ts';
import { findTopUpByReference } from './top-up.store.ts';

/** What asking the provider about a top-up came to. */
export type Confirmation =
  /** The provider spoke; the top-up is as it stands after that. */
  | { outcome: 'answered'; topUp: TopUp }
  | QuestionProblem
  /** No top-up of ours has this reference. */
  | { outcome: 'notOurs' };

/**
 * Asks the provider about the payment and lets the top-up follow. Webhooks, the checking sweep and reconciliation
 * all come here, and nothing that a webhook says is believed before.
 */
export async function confirmTopUp(core: Core, reference: string): Promise<Confirmation> {
  const topUp = await findTopUpByReference(core.db, reference);
  if (topUp === null) return { outcome: 'notOurs' };
  if (topUp.payment !== null) return { outcome: 'answered', topUp };
  const answer = await core.payments.paystack.verifyTransaction(reference);
  if (answer.outcome !== 'ok') return problemOfQuestion(core, answer, { noun: 'payment', topUpId: topUp.id });
  const payment = paymentOf(answer.value);
  const settled = await settleTopUp(core, providerCall(`transaction/${payment.id}`), { payment });
  return { outcome: 'answered', topUp: settled };
}

/** The rest of it, such as metadata of any shape, goes no further. */
function paymentOf(value: PaystackTransaction): ProviderPayment {
  const { id, domain, status, reference, amountMinor, requestedAmountMinor, currency, feesMinor } = value;
  return { id, domain, status, reference, amountMinor, requestedAmountMinor, currency, feesMinor };
}
