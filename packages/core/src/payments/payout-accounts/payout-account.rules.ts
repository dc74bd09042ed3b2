import type { Currency, PayoutAccountState } from '@errand-dash/contract';
import { after } from '../../clock.ts';
import type { CommandEvent } from '../../command.ts';
import type { Policy } from '../../policy.ts';
import { type Decision, isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { nextOnSchedule } from '../check-schedule.rules.ts';
import { payoutAccountMachine } from './payout-account.machine.ts';

/** A bank account of a person's own, as core knows it. */
export interface PayoutAccount {
  id: string;
  userId: string;
  approvalId: string;
  state: PayoutAccountState;
  currency: Currency;
  bankCode: string;
  bankName: string | null;
  accountNumberSealed: Uint8Array;
  accountNumberIndex: Uint8Array;
  accountLastFour: string;
  accountNameSealed: Uint8Array | null;
  recipientCode: string | null;
  createdAt: Date;
  usableAt: Date;
  endedAt: Date | null;
  nextCheckAt: Date | null;
  checksMade: number;
  reason: string | null;
}

/** The currency of Nigerian bank accounts, the only ones so far. */
export const PAYOUT_CURRENCY: Currency = 'NGN';

/** A bank account in one unambiguous form, as people sign it. */
export const payeeOf = ({ bankCode, accountNumber }: { bankCode: string; accountNumber: string }): string =>
  `nuban:${bankCode}:${accountNumber}`;

/** A new account. It takes withdrawals once it has cooled. */
export function newPayoutAccount(
  given: Pick<
    PayoutAccount,
    | 'id'
    | 'userId'
    | 'approvalId'
    | 'bankCode'
    | 'accountNumberSealed'
    | 'accountNumberIndex'
    | 'accountLastFour'
  >,
  now: Date,
  { coolingSeconds, checkAfterSeconds }: Policy['payout'],
): PayoutAccount {
  return {
    ...given,
    state: 'created',
    currency: PAYOUT_CURRENCY,
    bankName: null,
    accountNameSealed: null,
    recipientCode: null,
    createdAt: now,
    usableAt: after(now, coolingSeconds),
    endedAt: null,
    nextCheckAt: nextOnSchedule(now, now, checkAfterSeconds),
    checksMade: 0,
    reason: null,
  };
}

/** What the bank and the provider said of an account. */
export type AccountAnswer =
  | { outcome: 'known'; recipientCode: string; bankName: string | null; accountNameSealed: Uint8Array }
  /** The bank has no such account. */
  | { outcome: 'absent' }
  | { outcome: 'refused'; code: string };

/** What an answer changes, or null where it changes nothing any more. */
export function decideAnswer(account: PayoutAccount, answer: AccountAnswer, now: Date): PayoutAccount | null {
  const event = answer.outcome === 'known' ? 'activate' : 'refuse';
  const state = decideTransition(payoutAccountMachine, 'payout_account', account.state, event, 'provider');
  if (isRefusal(state)) return null;
  if (answer.outcome === 'known') {
    const { recipientCode, bankName, accountNameSealed } = answer;
    return { ...account, state, recipientCode, bankName, accountNameSealed, nextCheckAt: null };
  }
  const reason = answer.outcome === 'absent' ? ABSENT : answer.code;
  return { ...account, state, reason, endedAt: now, nextCheckAt: null };
}

/** Why an account was refused, as its owner is told; null where it was not. */
export function refusalOfAccount({ state, reason }: Pick<PayoutAccount, 'state' | 'reason'>): Refusal | null {
  if (state !== 'refused') return null;
  if (reason === ABSENT) return refuse('PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK', {});
  return refuse('PROVIDER_REFUSED', { reason: reason ?? 'unknown' });
}

const ABSENT = 'account_absent';

/** The owner takes his account away. A withdrawal that is under way still goes there. */
export function decideRemoval(account: PayoutAccount, now: Date): Decision<PayoutAccount> {
  const state = decideTransition(payoutAccountMachine, 'payout_account', account.state, 'remove', 'owner');
  if (isRefusal(state)) return state;
  return { ...account, state, endedAt: now, nextCheckAt: null };
}

/**
 * Whether an account takes a withdrawal now, and as whom the provider knows it. Refuses with `OBJECT_NOT_FOUND`,
 * `PAYOUT_ACCOUNT_UNCONFIRMED` and `PAYOUT_ACCOUNT_COOLING`.
 */
export function decideUse(account: PayoutAccount, userId: string, now: Date): Decision<string> {
  const isOpen = account.state === 'active' || account.state === 'created';
  if (account.userId !== userId || !isOpen) return refuse('OBJECT_NOT_FOUND', {});
  if (account.usableAt > now) return refuse('PAYOUT_ACCOUNT_COOLING', { usableAt: account.usableAt });
  return account.recipientCode ?? refuse('PAYOUT_ACCOUNT_UNCONFIRMED', {});
}

/** That an account has come to the state it is in, told to whom it belongs. */
export function payoutAccountEvent({ id, userId, state, usableAt }: PayoutAccount): CommandEvent {
  return {
    name: `payout_account.${state}`,
    subject: { type: 'payout_account', id },
    audience: [userId],
    data: { state, usableAt: usableAt.toISOString() },
  };
}
