import type { ApprovalAction, BeginApproval, Currency } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import type { Decision } from '../refusal.ts';
import type { SealingKey } from '../sealing.ts';

/** An action that needs a signature, and how what is signed follows from its input. */
export interface SignedAction<A extends ApprovalAction = ApprovalAction> {
  name: A;
  /** Called when the person is asked to sign, and again when the action comes. Both must agree to the bit. */
  derive: (db: Db, input: SignedInput<A>, signer: Signer) => Promise<Decision<SignedTerms>>;
}

/** The input of an action, without its signature and its key. */
export type SignedInput<A extends ApprovalAction> = Omit<
  Extract<BeginApproval, { action: A }>,
  'action' | 'idempotencyKey'
>;

/** What a person signs of an action: how much, of what, to whom. */
export interface SignedTerms {
  amountMinor: bigint | null;
  currency: Currency | null;
  /** Who or what is paid, in one unambiguous form. */
  payee: string | null;
}

export interface Signer {
  userId: string;
  dataKey: () => SealingKey;
}

/** A row for every action of the contract. One that is missing does not compile. */
export type SignedActions = { readonly [A in ApprovalAction]: SignedAction<A> };
