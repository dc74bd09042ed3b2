import type { PaystackResult } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { open, unwrapDataKey } from '../../sealing.ts';
import { providerCall } from '../provider-call.ts';
import type { ClaimedTopUp } from './claim-top-up.command.ts';
import { type Confirmation, confirmTopUp } from './confirm-top-up.ts';
import { emailPlace } from './create-top-up.command.ts';
import { saveCheckout } from './save-checkout.command.ts';
import type { Opening } from './top-up.rules.ts';

/**
 * Opens the payment at the provider, under the reference that the row has, and saves what came back. Where the
 * reference is taken an earlier call had its effect and its answer was lost, so that the provider is asked about it.
 * Call it with a claimed top-up, outside a transaction.
 */
export async function openCheckout(core: Core, claimed: ClaimedTopUp): Promise<Confirmation> {
  const { topUp } = claimed;
  const { reference, amountMinor, currency } = topUp;
  const email = emailOf(core, claimed);
  if (email === null) return confirmTopUp(core, reference);
  const { paystack } = core.payments;
  const answer = await paystack.initializeTransaction({ email, amountMinor, currency, reference });
  const opening = openingOf(answer);
  if (opening === null) {
    const isLimited = answer.outcome === 'limited';
    core.log(answer.outcome === 'unauthorized' ? 'error' : 'warn', 'the provider opened no payment', {
      topUpId: topUp.id,
      outcome: answer.outcome,
    });
    return { outcome: 'unanswered', retryAfterSeconds: isLimited ? answer.retryAfterSeconds : null };
  }
  // With a key, so that a lost reply to COMMIT is tried again: the address is nowhere else.
  const call = providerCall(`transaction/${reference}`, `${opening.outcome}-${reference}`);
  const saved = await saveCheckout(core, call, { topUpId: topUp.id, opening });
  return opening.outcome === 'exists' ? confirmTopUp(core, reference) : { outcome: 'answered', topUp: saved };
}

function openingOf(answer: PaystackResult<{ readonly authorizationUrl: string }>): Opening | null {
  if (answer.outcome === 'ok') return { outcome: 'opened', checkoutUrl: answer.value.authorizationUrl };
  if (answer.outcome !== 'refused') return null;
  if (answer.reason === 'duplicate_reference') return { outcome: 'exists' };
  // Its code and not its words, which may hold the address.
  return { outcome: 'refused', code: answer.code ?? answer.reason };
}

/** The payer's address, which the provider needs once; null where it is gone. */
function emailOf(core: Core, { topUp, emailSealed, wrappedKey }: ClaimedTopUp): string | null {
  if (emailSealed === null || wrappedKey === null) return null;
  const dataKey = unwrapDataKey(core.keyring, topUp.userId, wrappedKey);
  return open([dataKey], emailPlace(topUp.id), emailSealed).toString('utf8');
}
