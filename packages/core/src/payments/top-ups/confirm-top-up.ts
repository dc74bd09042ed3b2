import type { PaystackTransaction } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { providerCall } from '../provider-call.ts';
import { settleTopUp } from './settle-top-up.command.ts';
import type { ProviderPayment, TopUp } from './top-up.rules.ts';
import { findTopUpByReference } from './top-up.store.ts';

/** What asking the provider about a top-up came to. */
export type Confirmation =
  /** The provider spoke; the top-up is as it stands after that. */
  | { outcome: 'answered'; topUp: TopUp }
  /** The provider does not know the payment, or not yet. */
  | { outcome: 'notFound' }
  /** Nothing certain came back: ask again, not before this time where it was given. */
  | { outcome: 'unanswered'; retryAfterSeconds: number | null }
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
  const fields = { topUpId: topUp.id, outcome: answer.outcome };
  switch (answer.outcome) {
    case 'ok': {
      const payment = paymentOf(answer.value);
      const settled = await settleTopUp(core, providerCall(`transaction/${payment.id}`), { payment });
      return { outcome: 'answered', topUp: settled };
    }
    case 'notFound':
      return { outcome: 'notFound' };
    case 'limited':
      return { outcome: 'unanswered', retryAfterSeconds: answer.retryAfterSeconds };
    case 'unauthorized':
      core.log('error', 'the provider does not accept our key', fields);
      return { outcome: 'unanswered', retryAfterSeconds: null };
    case 'refused':
      core.log('error', 'the provider refused to tell of a payment', { ...fields, code: answer.code });
      return { outcome: 'unanswered', retryAfterSeconds: null };
    case 'unknown':
      core.log('warn', 'the provider gave no answer', { ...fields, reason: answer.reason });
      return { outcome: 'unanswered', retryAfterSeconds: null };
  }
}

/** The rest of it, such as metadata of any shape, goes no further. */
function paymentOf(value: PaystackTransaction): ProviderPayment {
  const { id, domain, status, reference, amountMinor, requestedAmountMinor, currency, feesMinor } = value;
  return { id, domain, status, reference, amountMinor, requestedAmountMinor, currency, feesMinor };
}
