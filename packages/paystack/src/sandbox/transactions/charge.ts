import { postToBalance } from '../balance/post-to-balance.ts';
import { cardFeeMinor } from '../balance/provider-fees.ts';
import type { Draft } from '../books/books.ts';
import type { TransactionRecord } from '../books/records.ts';
import { enqueueWebhook } from '../deliveries/enqueue-webhook.ts';
import { chargeFaultSchema, concerns, takeFault } from '../faults/fault-plan.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { chargedTransaction } from './transaction-body.ts';

/** What the customer does on the checkout page. */
export type CheckoutAction = 'pay' | 'decline' | 'abandon';

/** Only these may still be paid: an abandoned payment can turn out well when the customer comes back. */
export function isPayable(record: TransactionRecord): boolean {
  return record.status === 'pending' || record.status === 'ongoing' || record.status === 'abandoned';
}

/** Carries the customer's action out, once: on a payment that is over it changes nothing. */
export function actOnCheckout(
  context: SandboxContext,
  draft: Draft,
  reference: string,
  action: CheckoutAction,
): void {
  const record = draft.get('transaction', reference);
  if (record === undefined || !isPayable(record)) {
    return;
  }
  if (action === 'pay') {
    charge(context, draft, record);
    return;
  }
  const status = action === 'decline' ? 'failed' : 'abandoned';
  const gatewayResponse = action === 'decline' ? 'Declined' : 'The transaction was not completed';
  draft.put('transaction', reference, { ...record, status, gatewayResponse });
}

/** Takes the money, credits the balance less the fees, and queues charge.success. */
function charge(context: SandboxContext, draft: Draft, record: TransactionRecord): void {
  const isOurs = (fault: Parameters<typeof concerns>[0]) => concerns(fault, record.reference);
  const fault = takeFault(draft, chargeFaultSchema, isOurs);
  const amount = fault?.kind === 'charge_amount' ? fault : null;
  const amountMinor = amount?.amountMinor ?? record.amountMinor;
  const paid: TransactionRecord = {
    ...record,
    status: 'success',
    amountMinor,
    requestedAmountMinor: amount?.requestedAmountMinor ?? record.requestedAmountMinor,
    currency: fault?.kind === 'charge_currency' ? fault.currency : record.currency,
    feesMinor: cardFeeMinor(amountMinor),
    gatewayResponse: 'Successful',
    paidAt: context.now().toISOString(),
  };
  draft.put('transaction', record.reference, paid);
  if (!context.isSettlementHeld) {
    settleCharge(context, draft, paid);
  }
  const data = chargedTransaction(context, draft, paid);
  enqueueWebhook(context, draft, { event: 'charge.success', reference: record.reference, data });
}

/** Brings a payment's takings into the balance, once. */
export function settleCharge(context: SandboxContext, draft: Draft, record: TransactionRecord): void {
  if (record.status !== 'success' || record.settledAt !== null) {
    return;
  }
  const now = context.now();
  postToBalance(draft, {
    currency: record.currency,
    differenceMinor: record.amountMinor - (record.feesMinor ?? 0),
    reason: '',
    modelResponsible: 'Transaction',
    modelRow: record.id,
    now,
  });
  draft.put('transaction', record.reference, { ...record, settledAt: now.toISOString() });
}
