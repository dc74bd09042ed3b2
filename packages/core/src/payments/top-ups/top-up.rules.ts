import type { Currency, TopUpState } from '@errand-dash/contract';
import type { PaystackTransaction } from '@errand-dash/paystack';
import { after } from '../../clock.ts';
import type { Movement } from '../../ledger.ts';
import type { Policy } from '../../policy.ts';
import { type Decision, isRefusal, refuse } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { PROVIDER } from '../provider.ts';
import { type TopUpEvent, topUpMachine } from './top-up.machine.ts';

/** Money that a person pays in, as core knows it. */
export interface TopUp {
  id: string;
  userId: string;
  state: TopUpState;
  currency: Currency;
  amountMinor: bigint;
  /** Our name for the payment at the provider. */
  reference: string;
  checkoutUrl: string | null;
  createdAt: Date;
  endedAt: Date | null;
  nextCheckAt: Date | null;
  checksMade: number;
  payment: TopUpPayment | null;
  reason: string | null;
}

/** What was paid, once money came. */
export interface TopUpPayment {
  /** The provider's name for it. */
  providerObject: string;
  paidMinor: bigint;
  paidCurrency: string;
  providerFeeMinor: bigint;
}

/** Refuses with `AMOUNT_TOO_SMALL` or `AMOUNT_TOO_LARGE`. */
export function decideAmount(amountMinor: bigint, policy: Policy['topUp']): Decision<bigint> {
  const { amountMinMinor, amountMaxMinor } = policy;
  if (amountMinor < amountMinMinor) return refuse('AMOUNT_TOO_SMALL', { minMinor: Number(amountMinMinor) });
  if (amountMinor > amountMaxMinor) return refuse('AMOUNT_TOO_LARGE', { maxMinor: Number(amountMaxMinor) });
  return amountMinor;
}

/**
 * When the provider is asked next: at each instant of the schedule, then as often as its last step for as long as
 * the top-up is open. One that has failed or was abandoned is followed to the end of the schedule; what comes
 * later comes by webhook or is found by reconciliation.
 */
export function nextCheckAt(
  topUp: Pick<TopUp, 'state' | 'createdAt'>,
  now: Date,
  { checkAfterSeconds }: Policy['topUp'],
): Date | null {
  const scheduled = checkAfterSeconds.map((seconds) => after(topUp.createdAt, seconds));
  const next = scheduled.find((instant) => instant > now);
  const isOpen = topUp.state === 'created' || topUp.state === 'pending';
  const isEnded = topUp.state === 'succeeded' || topUp.state === 'mismatched';
  if (isEnded) return null;
  return next ?? (isOpen ? after(now, checkAfterSeconds.at(-1) ?? 86_400) : null);
}

/** What the provider's answer about opening a payment came to. */
export type Opening =
  | { outcome: 'opened'; checkoutUrl: string }
  /** The reference is taken, so an earlier call had its effect. Its address is lost with its answer. */
  | { outcome: 'exists' }
  | { outcome: 'refused'; code: string };

export interface TopUpChange {
  topUp: TopUp;
  event: TopUpEvent;
}

/** What an answer about opening changes, or null where it changes nothing any more. */
export function decideOpening(topUp: TopUp, opening: Opening, now: Date, policy: Policy): TopUpChange | null {
  if (opening.outcome === 'refused') {
    const reason = `${NOT_OPENED}${opening.code}`;
    return topUp.state === 'created' ? change(topUp, 'fail', now, policy, { reason }) : null;
  }
  const checkoutUrl = opening.outcome === 'opened' ? opening.checkoutUrl : topUp.checkoutUrl;
  if (topUp.state === 'pending' && checkoutUrl === topUp.checkoutUrl) return null;
  return change(topUp, 'open', now, policy, { checkoutUrl });
}

/** The provider's code, where it would not open the payment; null otherwise. */
export function openingRefusalOf({ reason }: Pick<TopUp, 'reason'>): string | null {
  return reason?.startsWith(NOT_OPENED) ? reason.slice(NOT_OPENED.length) : null;
}

const NOT_OPENED = 'not_opened/';

/** What the provider says of a payment, as far as it decides anything. */
export type ProviderPayment = Pick<
  PaystackTransaction,
  'id' | 'domain' | 'status' | 'reference' | 'amountMinor' | 'requestedAmountMinor' | 'currency' | 'feesMinor'
>;

/** What follows from the provider's word on a payment. */
export interface Settlement extends TopUpChange {
  /** What moves, or null where no money came. */
  movement: Movement | null;
}

/**
 * What the provider's word on a payment changes, or null where it changes nothing (yet, or any more).
 *
 * The person is credited what was asked for, and only if the payment succeeded in that currency for that amount.
 * Any other money that did arrive goes to suspense, and the top-up waits for an operator.
 */
export function decideSettlement(
  topUp: TopUp,
  payment: ProviderPayment,
  { mode, now, policy }: { mode: 'test' | 'live'; now: Date; policy: Policy },
): Settlement | null {
  // In test mode no money moves, so that its word is worth nothing to a live account, nor the other way round.
  if (payment.domain !== mode || payment.reference !== topUp.reference) return null;
  switch (payment.status) {
    case 'success':
      return settle(topUp, payment, now, policy);
    case 'failed':
    case 'reversed':
      return withoutMoney(change(topUp, 'fail', now, policy, { reason: payment.status }));
    case 'abandoned':
      return now >= after(topUp.createdAt, policy.topUp.abandonAfterSeconds)
        ? withoutMoney(change(topUp, 'abandon', now, policy, {}))
        : null;
    default:
      return null;
  }
}

/** The provider's object whose effect a credit is. */
export const providerReferenceOf = (transactionId: string): string => `transaction/${transactionId}`;

function settle(topUp: TopUp, payment: ProviderPayment, now: Date, policy: Policy): Settlement | null {
  const reason = mismatchOf(topUp, payment);
  const paid: TopUpPayment = {
    providerObject: payment.id,
    paidMinor: payment.amountMinor,
    paidCurrency: payment.currency,
    providerFeeMinor: payment.feesMinor ?? 0n,
  };
  const changed = change(topUp, reason === null ? 'succeed' : 'mismatch', now, policy, {
    reason,
    payment: paid,
  });
  if (changed === null) return null;
  const transfers = reason === null ? creditTransfers(topUp, paid) : suspenseTransfers(paid);
  const movement: Movement = {
    kind: reason === null ? 'top_up.credit' : 'top_up.set_aside',
    cause: { type: 'top_up', id: topUp.id },
    transfers,
    providerReference: providerReferenceOf(payment.id),
  };
  return { ...changed, movement: paid.paidMinor === 0n ? null : movement };
}

/**
 * Why a payment is not the one that was asked for, or null. Where the customer bears the fees he pays more than
 * `requestedAmountMinor`, which is then what was asked for (OpenAPI, TransactionFetchResponse).
 */
function mismatchOf(topUp: TopUp, payment: ProviderPayment): string | null {
  const { amountMinor, requestedAmountMinor, feesMinor } = payment;
  if (payment.currency !== topUp.currency) return 'currency_differs';
  if (requestedAmountMinor !== null && requestedAmountMinor !== topUp.amountMinor)
    return 'requested_amount_differs';
  if (amountMinor < topUp.amountMinor) return 'amount_too_small';
  if ((feesMinor ?? 0n) > amountMinor) return 'fee_exceeds_amount';
  return null;
}

/** The takings come in whole, then the provider's fee leaves them; what was paid above the amount is a fee passed on. */
function creditTransfers(topUp: TopUp, paid: TopUpPayment): Movement['transfers'] {
  const { currency, userId, amountMinor } = topUp;
  const unsettled = { purpose: 'unsettled', ownerId: PROVIDER, currency } as const;
  const available = { purpose: 'available', ownerId: userId, currency } as const;
  const feeMargin = { purpose: 'fee_margin', ownerId: null, currency } as const;
  const providerFees = { purpose: 'provider_fees', ownerId: null, currency } as const;
  return [
    { debit: unsettled, credit: available, amountMinor },
    { debit: unsettled, credit: feeMargin, amountMinor: paid.paidMinor - amountMinor },
    { debit: providerFees, credit: unsettled, amountMinor: paid.providerFeeMinor },
  ];
}

function suspenseTransfers({
  paidCurrency: currency,
  paidMinor,
  providerFeeMinor,
}: TopUpPayment): Movement['transfers'] {
  const unsettled = { purpose: 'unsettled', ownerId: PROVIDER, currency } as const;
  return [
    { debit: unsettled, credit: { purpose: 'suspense', ownerId: null, currency }, amountMinor: paidMinor },
    {
      debit: { purpose: 'provider_fees', ownerId: null, currency },
      credit: unsettled,
      amountMinor: providerFeeMinor,
    },
  ];
}

const withoutMoney = (changed: TopUpChange | null): Settlement | null =>
  changed && { ...changed, movement: null };

/** The top-up after an event of the provider's, or null where the machine has no such edge. */
function change(
  topUp: TopUp,
  event: TopUpEvent,
  now: Date,
  policy: Policy,
  given: Partial<Pick<TopUp, 'checkoutUrl' | 'payment' | 'reason'>>,
): TopUpChange | null {
  const state = decideTransition(topUpMachine, 'topup', topUp.state, event, 'provider');
  if (isRefusal(state)) return null;
  const isOpen = state === 'pending';
  const changed = { ...topUp, ...given, state, endedAt: isOpen ? null : now };
  const checkoutUrl = isOpen ? changed.checkoutUrl : null;
  // Asking is scheduled by whoever asks; here it only ends.
  const next = nextCheckAt(changed, now, policy.topUp);
  return {
    event,
    topUp: { ...changed, checkoutUrl, nextCheckAt: next === null ? null : (topUp.nextCheckAt ?? next) },
  };
}
