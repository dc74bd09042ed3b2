import type { Currency, WithdrawalState } from '@errand-dash/contract';
import type { CommandEvent } from '../../command.ts';
import type { Movement } from '../../ledger.ts';
import type { Policy } from '../../policy.ts';
import { type Decision, isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { nextOnSchedule, nextWithin } from '../check-schedule.rules.ts';
import { decideUse, type PayoutAccount } from '../payout-accounts/payout-account.rules.ts';
import { holdMovement } from './withdrawal-movements.rules.ts';

/** Money that a person takes out, as core knows it. */
export interface Withdrawal {
  id: string;
  userId: string;
  payoutAccountId: string;
  approvalId: string;
  state: WithdrawalState;
  currency: Currency;
  amountMinor: bigint;
  /** Our name for the transfer at the provider. */
  reference: string;
  /** Whom the provider pays. */
  recipientCode: string;
  requestedAt: Date;
  sentAt: Date | null;
  endedAt: Date | null;
  nextCheckAt: Date | null;
  checksMade: number;
  attempts: number;
  transfer: KnownTransfer | null;
  /** Why the money came back. */
  reason: string | null;
  /** Why an operator should look at it. */
  attention: string | null;
}

/** What is known of the transfer at the provider. */
export interface KnownTransfer {
  /** The provider's name for it. */
  providerObject: string;
  status: string;
  /** What the provider took besides the amount, as it is booked. */
  feeMinor: bigint;
}

export interface WithdrawalRequest {
  id: string;
  userId: string;
  approvalId: string;
  reference: string;
  amountMinor: bigint;
  currency: Currency;
  now: Date;
}

/**
 * A new withdrawal, due to be sent at once, and the money that it sets aside. `cooling` is why no
 * money may leave the person's hands now. Refuses, the first that applies, with
 * `OBJECT_NOT_FOUND`, `MONEY_OUT_COOLING`, `AMOUNT_TOO_SMALL`, `AMOUNT_TOO_LARGE`, `PAYOUT_ACCOUNT_COOLING` and `PAYOUT_ACCOUNT_UNCONFIRMED`.
 */
export function decideWithdrawal(
  account: PayoutAccount | null,
  request: WithdrawalRequest,
  cooling: Refusal | null,
  policy: Policy['payout'],
): Decision<{ withdrawal: Withdrawal; movement: Movement }> {
  const { now, ...given } = request;
  if (account === null || account.currency !== request.currency) return refuse('OBJECT_NOT_FOUND', {});
  if (account.userId === request.userId && cooling !== null) return cooling;
  const { amountMinMinor, amountMaxMinor } = policy;
  if (request.amountMinor < amountMinMinor) {
    return refuse('AMOUNT_TOO_SMALL', { minMinor: Number(amountMinMinor) });
  }
  if (request.amountMinor > amountMaxMinor) {
    return refuse('AMOUNT_TOO_LARGE', { maxMinor: Number(amountMaxMinor) });
  }
  const recipientCode = decideUse(account, request.userId, now);
  if (isRefusal(recipientCode)) return recipientCode;
  const withdrawal: Withdrawal = {
    ...given,
    payoutAccountId: account.id,
    state: 'requested',
    recipientCode,
    requestedAt: now,
    sentAt: null,
    endedAt: null,
    nextCheckAt: now,
    checksMade: 0,
    attempts: 0,
    transfer: null,
    reason: null,
    attention: null,
  };
  return { withdrawal, movement: holdMovement(withdrawal) };
}

/** When the provider is asked next: while it is open without an end, once it was paid for as long as is worth it. */
export function nextWithdrawalCheck(
  withdrawal: Pick<Withdrawal, 'state' | 'requestedAt' | 'sentAt' | 'endedAt'>,
  now: Date,
  policy: Policy['payout'],
): Date | null {
  const { state, requestedAt, sentAt, endedAt } = withdrawal;
  if (state === 'returned' || state === 'reversed') return null;
  if (state === 'paid') return nextWithin(endedAt ?? now, now, policy.followAfterSeconds);
  return nextOnSchedule(sentAt ?? requestedAt, now, policy.checkAfterSeconds);
}

/** Whether it has been open for so long that somebody should be told. */
export const isOverdue = (
  { state, requestedAt }: Pick<Withdrawal, 'state' | 'requestedAt'>,
  now: Date,
  { alertAfterSeconds }: Policy['payout'],
): boolean =>
  (state === 'requested' || state === 'sending' || state === 'sent') &&
  now.getTime() - requestedAt.getTime() >= alertAfterSeconds * 1000;

/** That a withdrawal has come to the state it is in, told to whom it belongs. */
export function withdrawalEvent(withdrawal: Withdrawal): CommandEvent | null {
  const { id, userId, state, currency, amountMinor, reason } = withdrawal;
  // Only the provider and the worker know of it while it is on its way there.
  if (state === 'sending') return null;
  return {
    name: `withdrawal.${state}`,
    subject: { type: 'withdrawal', id },
    audience: [userId],
    data: { state, currency, amountMinor: Number(amountMinor), reason },
  };
}
