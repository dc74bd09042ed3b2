import type { PaystackRefused } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { providerCall } from '../provider-call.ts';
import type { ClaimedWithdrawal } from './claim-withdrawal.command.ts';
import { confirmWithdrawal, type TransferConfirmation } from './confirm-withdrawal.ts';
import { refuseSending } from './settle-withdrawal.command.ts';

/**
 * Has the provider make the transfer, under the reference that the row has, and lets the withdrawal follow from what
 * the provider then says of it. The reference makes it one transfer, however often it is sent. Where an earlier
 * attempt may have had its effect the provider is asked first, and its refusal of a later one proves nothing.
 * Call it with a claimed withdrawal, outside a transaction.
 */
export async function sendWithdrawal(core: Core, claimed: ClaimedWithdrawal): Promise<TransferConfirmation> {
  const { withdrawal, isFresh } = claimed;
  const { reference, amountMinor, currency, recipientCode } = withdrawal;
  if (!isFresh) {
    const earlier = await confirmWithdrawal(core, reference);
    if (earlier.outcome !== 'notFound') return earlier;
  }
  const { paystack } = core.payments;
  const answer = await paystack.initiateTransfer({ amountMinor, currency, recipientCode, reference });
  switch (answer.outcome) {
    case 'ok':
      return confirmWithdrawal(core, reference);
    case 'limited':
      return { outcome: 'unanswered', retryAfterSeconds: answer.retryAfterSeconds };
    case 'refused':
      if (answer.reason === 'duplicate_reference') return confirmWithdrawal(core, reference);
      return isFresh ? refuse(core, claimed, answer) : keep(core, claimed, answer.code ?? answer.reason);
    default:
      core.log('warn', 'the provider gave no answer to a transfer', {
        withdrawalId: withdrawal.id,
        outcome: answer.outcome,
      });
      return confirmWithdrawal(core, reference);
  }
}

/** The first attempt was refused, so that there is no transfer. */
async function refuse(
  core: Core,
  { withdrawal }: ClaimedWithdrawal,
  answer: PaystackRefused,
): Promise<TransferConfirmation> {
  const call = providerCall(`transfer/${withdrawal.reference}`);
  const refused = await refuseSending(core, call, {
    withdrawalId: withdrawal.id,
    attempt: withdrawal.attempts,
    isBalanceLow: answer.reason === 'balance_insufficient',
    // Its code and not its words.
    code: answer.code ?? answer.reason,
  });
  return { outcome: 'answered', withdrawal: refused };
}

/** Nothing shows that the earlier attempt had no effect either, so that the money stays where it is. */
function keep(core: Core, { withdrawal }: ClaimedWithdrawal, code: string): TransferConfirmation {
  core.log('error', 'a transfer that may exist was refused', { withdrawalId: withdrawal.id, code });
  return { outcome: 'unanswered', retryAfterSeconds: null };
}
