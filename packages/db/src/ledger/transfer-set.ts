import type { AccountName } from './account-id.ts';
import type { MovementKind } from './movement-kinds.ts';

/** By what a set was posted. A session's reference is its id, the detail the command's name and key. */
export interface Authority {
  kind: 'session' | 'passkey' | 'clock' | 'provider' | 'operator';
  reference: string;
  detail?: string;
}

export interface Transfer {
  /** A UUIDv7. */
  id: string;
  debit: AccountName;
  credit: AccountName;
  /** From 1 to 2^53 − 1. */
  amountMinor: bigint;
}

/** A movement: all of its transfers or none. The id of its first transfer is the id of the set. */
export interface TransferSet {
  kind: MovementKind;
  cause: { type: string; id: string };
  authority: Authority;
  /** The time of the command. */
  postedAt: Date;
  /** Names the provider's object and what it does to us; at most one set has it. */
  providerReference?: string;
  /**
   * The id of the set that this one takes back. Its transfers are those of that set with debit and credit exchanged,
   * the last first. A set is taken back once; a reversal never is.
   */
  reverses?: string;
  /** What the set counts against limits of the day. Not part of its content: a set that is replayed counts once. */
  counts?: LimitCount[];
  transfers: Transfer[];
}

/**
 * So much of a limit. A counter holds what was posted on the calendar day, in Lagos, of the set's `postedAt`; the set
 * is refused where that and this would be more than the ceiling. A set names each counter once.
 */
export interface LimitCount {
  /** The name of the limit, as in `withdrawal.daily`. */
  limit: string;
  /** Whose limit it is. */
  ownerId: string;
  /** ISO 4217, as in `NGN`. */
  currency: string;
  /** From 1 to 2^53 − 1. */
  amountMinor: bigint;
  /** From 0 to 2^53 − 1. */
  ceilingMinor: bigint;
}

/**
 * Why a set was refused, in order of precedence: of several broken rules the first is answered, of several
 * transfers that break it the first in the set. The rules about what is stored come after those about the set
 * itself, and a set that was posted before is `replayed` before its money is looked at.
 */
export const setRules = [
  'set_must_have_transfers',
  'too_many_transfers',
  'amount_must_be_positive',
  'amount_too_large',
  'accounts_must_be_different',
  'currencies_must_agree',
  'transfer_ids_must_be_different',
  'transfer_id_reused',
  'provider_reference_used',
  'reversed_set_unknown',
  'reversal_must_not_be_reversed',
  'reversed_set_already',
  'reversal_must_mirror',
  'balance_below_zero',
  'balance_too_large',
  'limit_exceeded',
] as const;

export type SetRule = (typeof setRules)[number];

export type SetAnswer = { outcome: 'posted' } | { outcome: 'replayed' } | SetRefusal;

export interface SetRefusal {
  outcome: 'refused';
  rule: SetRule;
  /**
   * With the rules on balances: the account, what was in it before the set, and what the set would take or add; with
   * `balance_too_large` up to the first transfer that would leave more, either way, than an amount can say.
   */
  account?: AccountName;
  balanceMinor?: bigint;
  neededMinor?: bigint;
  /** With `limit_exceeded`: the first of the set's limits that it would exceed. */
  exceeded?: ExceededLimit;
}

export interface ExceededLimit {
  limit: string;
  ownerId: string;
  currency: string;
  /** What was counted on that day before the set, which is left as it is. */
  usedMinor: bigint;
  ceilingMinor: bigint;
  askedMinor: bigint;
  /** When the day is over in Lagos. */
  resetsAt: Date;
}
