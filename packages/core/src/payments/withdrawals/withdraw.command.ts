import { newReference } from '@errand-dash/paystack';
import { signedCommand } from '../../approvals/index.ts';
import { postOrRefuse } from '../../ledger.ts';
import { isRefusal, orThrow } from '../../refusal.ts';
import { decideMoneyOut, requireUser } from '../../users/index.ts';
import { lockPayoutAccount } from '../payout-accounts/payout-account.store.ts';
import { signedWithdrawal } from './signed-withdrawal.ts';
import { decideWithdrawal, withdrawalEvent } from './withdrawal.rules.ts';
import { insertWithdrawal } from './withdrawal.store.ts';

/** The queue that is woken when a withdrawal is to be sent. */
export const SENDING_QUEUE = 'send-withdrawals';

/**
 * Sets a person's money aside for his bank account, signed for exactly that, and writes the withdrawal with its
 * reference; the worker sends it. Refuses with `SIGNATURE_REFUSED`, `OBJECT_NOT_FOUND`, `MONEY_OUT_COOLING`,
 * `AMOUNT_TOO_SMALL`, `AMOUNT_TOO_LARGE`, `PAYOUT_ACCOUNT_COOLING`, `PAYOUT_ACCOUNT_UNCONFIRMED` and `FUNDS_INSUFFICIENT`.
 */
export const withdraw = signedCommand(signedWithdrawal, async (tx, input, context) => {
  const { now, policy } = context;
  const { userId } = orThrow(requireUser(context.viewer));
  const { approvalId, amountMinor, currency, payoutAccountId } = input;
  const account = await lockPayoutAccount(tx, payoutAccountId);
  const id = context.newId();
  const reference = newReference('wd', id);
  const cooling = decideMoneyOut(context.viewer, now);
  const request = { id, userId, approvalId, reference, amountMinor, currency, now };
  const decision = decideWithdrawal(account, request, cooling, policy.payout);
  if (isRefusal(decision)) return { refusal: decision };
  const refusal = await postOrRefuse(tx, context, decision.movement);
  if (refusal !== null) return { refusal };
  await insertWithdrawal(tx, decision.withdrawal);
  const event = withdrawalEvent(decision.withdrawal);
  return { result: decision.withdrawal, events: event === null ? [] : [event], wake: [SENDING_QUEUE] };
});
