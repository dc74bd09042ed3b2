import type { PaystackTransfer, TransferStatus } from '@errand-dash/paystack';
import type { Movement } from '../../ledger.ts';
import type { Policy } from '../../policy.ts';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { type WithdrawalEvent, withdrawalMachine } from './withdrawal.machine.ts';
import { type KnownTransfer, nextWithdrawalCheck, type Withdrawal } from './withdrawal.rules.ts';
import { payMovement, returnMovement, reverseMovement, sendMovement } from './withdrawal-movements.rules.ts';

/** What the provider says of a transfer, as far as it decides anything. */
export type ProviderTransfer = Pick<
  PaystackTransfer,
  'id' | 'domain' | 'status' | 'reference' | 'amountMinor' | 'currency' | 'feeChargedMinor' | 'recipientCode'
>;

/** What each status of the provider's means for us. One that it added since settles nothing. */
export const statusMeanings = {
  pending: 'under_way',
  otp: 'under_way',
  received: 'under_way',
  unrecognised: 'under_way',
  success: 'paid',
  failed: 'came_to_nothing',
  abandoned: 'came_to_nothing',
  blocked: 'came_to_nothing',
  rejected: 'came_to_nothing',
  reversed: 'came_back',
} as const satisfies Record<TransferStatus, string>;

export type StatusMeaning = (typeof statusMeanings)[TransferStatus];

/** What follows from the provider's word. */
export interface TransferSettlement {
  withdrawal: Withdrawal;
  /** In the order of what happened at the provider; none where no money moves. */
  movements: Movement[];
  /** Whether the state is another one, so that its owner is told. */
  hasMoved: boolean;
}

export interface SettlementContext {
  mode: 'test' | 'live';
  now: Date;
  policy: Policy['payout'];
}

/**
 * What the provider's word on a transfer changes, or null where it changes nothing (yet, or any more). What cannot be
 * true beside what was true before moves no money: the withdrawal is marked for an operator.
 */
export function decideTransfer(
  withdrawal: Withdrawal,
  said: ProviderTransfer,
  context: SettlementContext,
): TransferSettlement | null {
  // In test mode no money moves, so that its word is worth nothing to a live account, nor the other way round.
  if (said.domain !== context.mode || said.reference !== withdrawal.reference) return null;
  const difference = differenceOf(withdrawal, said);
  if (difference !== null) return mark(withdrawal, difference);
  const event = eventOf(withdrawal, said);
  if (event === null) return followStatus(withdrawal, said);
  const state = decideTransition(withdrawalMachine, 'withdrawal', withdrawal.state, event, 'provider');
  return isRefusal(state) ? contradict(withdrawal, said) : follow(withdrawal, said, event, state, context);
}

/** Whether the transfer under our reference is another one than ours. */
function differenceOf(withdrawal: Withdrawal, said: ProviderTransfer): string | null {
  const { transfer, recipientCode } = withdrawal;
  if (transfer !== null && transfer.providerObject !== said.id) return 'object_differs';
  if (said.amountMinor !== withdrawal.amountMinor) return 'amount_differs';
  if (said.currency !== withdrawal.currency) return 'currency_differs';
  const isOther = said.recipientCode !== null && said.recipientCode !== recipientCode;
  return isOther ? 'recipient_differs' : null;
}

/** The event that a status is in this state; null where it is only news of what is known. */
function eventOf({ state, transfer }: Withdrawal, said: ProviderTransfer): WithdrawalEvent | null {
  switch (statusMeanings[said.status]) {
    case 'under_way':
      return transfer === null ? 'acknowledge' : null;
    case 'paid':
      return state === 'paid' ? null : 'pay';
    case 'came_to_nothing':
      return state === 'returned' ? null : 'return';
    case 'came_back':
      if (state === 'paid') return 'reverse';
      return state === 'returned' || state === 'reversed' ? null : 'return';
  }
}

function follow(
  withdrawal: Withdrawal,
  said: ProviderTransfer,
  event: WithdrawalEvent,
  state: Withdrawal['state'],
  { now, policy }: SettlementContext,
): TransferSettlement {
  const known = withdrawal.transfer ?? { ...transferOf(said), feeMinor: said.feeChargedMinor ?? 0n };
  const feeMinor = event === 'pay' ? (said.feeChargedMinor ?? known.feeMinor) : known.feeMinor;
  const isOpen = state === 'sent';
  const changed: Withdrawal = {
    ...withdrawal,
    state,
    transfer: { ...known, status: said.status, feeMinor },
    sentAt: withdrawal.sentAt ?? now,
    endedAt: isOpen ? null : now,
    reason: state === 'returned' || state === 'reversed' ? said.status : null,
    attention: attentionOf(said),
  };
  const movements = [
    ...(withdrawal.transfer === null ? [sendMovement(withdrawal, known)] : []),
    ...movementsOf(event, withdrawal, known, feeMinor),
  ];
  const nextCheckAt = nextWithdrawalCheck(changed, now, policy);
  return { withdrawal: { ...changed, nextCheckAt }, movements, hasMoved: true };
}

function movementsOf(
  event: WithdrawalEvent,
  withdrawal: Withdrawal,
  known: KnownTransfer,
  feeMinor: bigint,
): Movement[] {
  if (event === 'pay') return [payMovement(withdrawal, known, feeMinor)];
  if (event === 'return') return [returnMovement(withdrawal, known)];
  return event === 'reverse' ? [reverseMovement(withdrawal, known)] : [];
}

/** The state stays, and what the provider calls it is kept where it is news. */
function followStatus(withdrawal: Withdrawal, said: ProviderTransfer): TransferSettlement | null {
  const { transfer, state } = withdrawal;
  if (transfer === null || state !== 'sent') return null;
  const attention = attentionOf(said);
  if (transfer.status === said.status && withdrawal.attention === attention) return null;
  const changed = { ...withdrawal, transfer: { ...transfer, status: said.status }, attention };
  return { withdrawal: changed, movements: [], hasMoved: false };
}

/** What nobody but an operator can bring on: a code to be typed in, or a word that we do not know. */
const attentionOf = ({ status }: ProviderTransfer): string | null =>
  status === 'otp' || status === 'unrecognised' ? `status_${status}` : null;

/**
 * An answer that came late tells an older truth: a payment that was reversed since was paid before. Anything else that
 * does not follow from what was known means that money is elsewhere than our books say.
 */
function contradict(withdrawal: Withdrawal, said: ProviderTransfer): TransferSettlement | null {
  const { state, reason } = withdrawal;
  const isOlder = said.status === 'success' && (state === 'reversed' || reason === 'reversed');
  return isOlder ? null : mark(withdrawal, `${state}_but_${said.status}`);
}

function mark(withdrawal: Withdrawal, attention: string): TransferSettlement | null {
  if (withdrawal.attention === attention) return null;
  return { withdrawal: { ...withdrawal, attention }, movements: [], hasMoved: false };
}

/** That the provider made no transfer: its refusal to the attempt of this number. */
export interface RefusedSending {
  attempt: number;
  /** Whether what failed is our balance there, and so our own affair. */
  isBalanceLow: boolean;
  code: string;
}

/**
 * What a refusal changes, or null where somebody took the withdrawal since, or it is known at the provider: only who
 * took it last may say that nothing was sent. With too little in our balance there it waits; else the money goes back.
 */
export function decideRefusedSending(
  withdrawal: Withdrawal,
  { attempt, isBalanceLow, code }: RefusedSending,
  { now, policy }: Pick<SettlementContext, 'now' | 'policy'>,
): TransferSettlement | null {
  const event = isBalanceLow ? 'postpone' : 'return';
  const state = decideTransition(withdrawalMachine, 'withdrawal', withdrawal.state, event, 'provider');
  if (isRefusal(state) || withdrawal.state !== 'sending' || withdrawal.attempts !== attempt) return null;
  if (isBalanceLow) {
    const attention = 'balance_insufficient';
    const nextCheckAt = nextWithdrawalCheck({ ...withdrawal, state }, now, policy);
    return { withdrawal: { ...withdrawal, state, nextCheckAt, attention }, movements: [], hasMoved: false };
  }
  const returned: Withdrawal = {
    ...withdrawal,
    state,
    endedAt: now,
    nextCheckAt: null,
    reason: `refused_${code}`,
    attention: null,
  };
  return { withdrawal: returned, movements: [returnMovement(withdrawal, null)], hasMoved: true };
}

const transferOf = ({ id, status }: ProviderTransfer): Omit<KnownTransfer, 'feeMinor'> => ({
  providerObject: id,
  status,
});
