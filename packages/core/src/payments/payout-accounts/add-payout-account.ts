import type { Approval, BankAccount } from '@errand-dash/contract';
import type { Call } from '../../claim.ts';
import type { Core } from '../../core.ts';
import { orThrow } from '../../refusal.ts';
import { providerCall } from '../provider-call.ts';
import { waitForProvider } from '../wait-for-provider.ts';
import { claimPayoutAccount } from './claim-payout-account.command.ts';
import { createPayoutAccount } from './create-payout-account.command.ts';
import { getPayoutAccount } from './get-payout-account.query.ts';
import { openRecipient } from './open-recipient.ts';
import { refusalOfAccount } from './payout-account.rules.ts';
import type { PayoutAccountView } from './payout-account-view.ts';

/**
 * Adds a bank account, signed for, and answers with the row as it stands once bank and provider were asked, for ten
 * seconds at most; where they did not answer in time the worker goes on. An account that the person has already is
 * answered as it is.
 *
 * Refuses with `SIGNATURE_REFUSED`, and for good with `PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK` or `PROVIDER_REFUSED`.
 */
export async function addPayoutAccount(
  core: Core,
  call: Call,
  input: BankAccount & { approval: Approval },
): Promise<PayoutAccountView> {
  const { id: payoutAccountId } = await createPayoutAccount(core, call, input);
  const asProvider = providerCall(`recipient/${payoutAccountId}`);
  const claimed = await claimPayoutAccount(core, asProvider, { payoutAccountId, purpose: 'open' });
  if (claimed !== null) {
    await waitForProvider(core, 'payout_account.open', openRecipient(core, claimed));
  }
  const account = await getPayoutAccount(core, call, { payoutAccountId });
  const refusal = refusalOfAccount(account);
  return refusal === null ? account : orThrow(refusal);
}
