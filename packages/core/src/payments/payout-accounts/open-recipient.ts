import type { PaystackProblem } from '@errand-dash/paystack';
import type { Core } from '../../core.ts';
import { unwrapDataKey } from '../../sealing.ts';
import { providerCall } from '../provider-call.ts';
import { lookUpAccount } from './banks/look-up-account.ts';
import type { ClaimedPayoutAccount } from './claim-payout-account.command.ts';
import { type SaveAccountAnswer, saveAccountAnswer } from './save-account-answer.command.ts';
import { openAccountNumber } from './sealed-account.ts';

/** Whether the provider spoke about an account; else when it may be asked again, where it said so. */
export type RecipientOpening = { isAnswered: true } | { isAnswered: false; retryAfterSeconds: number | null };

/**
 * Asks the bank whose account it is, makes the account known to the provider under that name, and saves what came of
 * it. The provider answers the same account with the record that it has, so that asking again makes no second one.
 * Call it with a claimed account, outside a transaction. Throws where the account's number does not open.
 */
export async function openRecipient(core: Core, claimed: ClaimedPayoutAccount): Promise<RecipientOpening> {
  const { account, claimedAt: now } = claimed;
  const accountNumber = accountNumberOf(core, claimed);
  const { id: payoutAccountId, userId, bankCode, currency } = account;
  const lookup = await lookUpAccount(core, { userId, bankCode, accountNumber, now });
  if (lookup.outcome === 'unanswered')
    return { isAnswered: false, retryAfterSeconds: lookup.retryAfterSeconds };
  if (lookup.outcome !== 'found') return save(core, { payoutAccountId, answer: lookup });
  const { accountName } = lookup;
  const bankAccount = { name: accountName, accountNumber, bankCode, currency };
  const created = await core.payments.paystack.createTransferRecipient(bankAccount);
  if (created.outcome === 'ok') {
    const { recipientCode, bankName } = created.value;
    return save(core, {
      payoutAccountId,
      answer: { outcome: 'known', recipientCode, bankName, accountName },
    });
  }
  if (created.outcome === 'refused') {
    // Its code and not its words, which may hold the account.
    const code = created.code ?? created.reason;
    return save(core, { payoutAccountId, answer: { outcome: 'refused', code } });
  }
  return unanswered(core, payoutAccountId, created);
}

function accountNumberOf({ keyring }: Core, { account, wrappedKey }: ClaimedPayoutAccount): string {
  if (wrappedKey === null) throw new Error('the owner of a payout account has no key');
  return openAccountNumber(unwrapDataKey(keyring, account.userId, wrappedKey), account);
}

async function save(core: Core, input: SaveAccountAnswer): Promise<RecipientOpening> {
  await saveAccountAnswer(core, providerCall(`recipient/${input.payoutAccountId}`), input);
  return { isAnswered: true };
}

function unanswered(core: Core, payoutAccountId: string, problem: PaystackProblem): RecipientOpening {
  const level = problem.outcome === 'unauthorized' ? 'error' : 'warn';
  core.log(level, 'the provider took no payout account', { payoutAccountId, outcome: problem.outcome });
  const retryAfterSeconds = problem.outcome === 'limited' ? problem.retryAfterSeconds : null;
  return { isAnswered: false, retryAfterSeconds };
}
