import type { StartTopUp } from '@errand-dash/contract';
import type { Call } from '../../claim.ts';
import type { Core } from '../../core.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { providerCall } from '../provider-call.ts';
import { waitForProvider } from '../wait-for-provider.ts';
import { claimTopUp } from './claim-top-up.command.ts';
import { createTopUp } from './create-top-up.command.ts';
import { getTopUp } from './get-top-up.query.ts';
import { openCheckout } from './open-checkout.ts';
import { openingRefusalOf, type TopUp } from './top-up.rules.ts';

/**
 * Begins a top-up and answers with the row as it stands once the provider was asked, for ten seconds at most. Where the
 * provider did not answer in time the address is null, and the worker goes on with the same reference.
 *
 * The address is in one answer of the provider's alone. Where that was lost the top-up is `pending` without one: nobody
 * can pay it, and it is `abandoned` once the policy's `abandonAfterSeconds` are over and the provider says so.
 *
 * The same key comes back to the same row; a payment is opened again only while it is not open yet and nobody else
 * is asking. Refuses with `AMOUNT_TOO_SMALL`, `AMOUNT_TOO_LARGE`, and `PROVIDER_REFUSED` where the provider would
 * not open the payment, which is then failed for good.
 */
export async function startTopUp(core: Core, call: Call, input: StartTopUp): Promise<TopUp> {
  const { id, reference } = await createTopUp(core, call, input);
  const claimed = await claimTopUp(core, providerCall(`transaction/${reference}`), {
    topUpId: id,
    purpose: 'open',
  });
  if (claimed !== null) await waitForProvider(core, 'topup.open', openCheckout(core, claimed));
  const topUp = await getTopUp(core, call, { topUpId: id });
  const refusalCode = openingRefusalOf(topUp);
  return refusalCode === null ? topUp : orThrow(refuse('PROVIDER_REFUSED', { reason: refusalCode }));
}
