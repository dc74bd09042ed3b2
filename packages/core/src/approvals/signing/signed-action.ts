import type { ApprovalAction, ApprovalDocument, BeginApproval, Currency } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import type { Decision } from '../../refusal.ts';
import type { SealingKey } from '../../sealing.ts';
import type { Permission } from '../../users/index.ts';

/** An action that needs a signature: who may sign it with what, from which amount on, and what is signed of it. */
export interface SignedAction<A extends ApprovalAction = ApprovalAction, L extends SigningLimit = 'always'> {
  name: A;
  /** Whoever's own it is, or an operator whose roles have this permission. */
  by: 'owner' | Permission;
  means: readonly SigningMeans[];
  limit: L;
  /** What is signed, in the words of the documentation. */
  says: { amount: string; payee: string };
  /**
   * Called when the person is asked to sign, and again when the action comes. Both must agree to the bit. What it
   * locks stays locked while the action is done.
   */
  derive: (tx: Tx, input: SignedInput<A>, signer: Signer) => Promise<Decision<SignedTerms>>;
  /**
   * What speaks against that what was done by an approval, beside what was posted, is what its document says; or null,
   * also where nothing was done. For the proof of an approval.
   */
  doneProblem?: (db: Db, approvalId: string, document: ApprovalDocument) => Promise<string | null>;
}

/**
 * `from_amount`: only where the amount reaches `signatureFromMinor`, or with what the person did unsigned before it
 * `signatureRollingFromMinor`. Both are numbers of the policy.
 */
export type SigningLimit = 'always' | 'from_amount';

/** A passkey of the person's, or an Ed25519 key that a console or a service of his has enrolled. */
export type SigningMeans = 'passkey' | 'device_key';

/** The input of an action, without its signature and its key. */
export type SignedInput<A extends ApprovalAction> = Omit<
  Extract<BeginApproval, { action: A }>,
  'action' | 'idempotencyKey'
>;

/** What a person signs of an action: how much, of what, to whom. */
export interface SignedTerms {
  amountMinor: bigint | null;
  currency: Currency | null;
  /** Who or what is paid or concerned, in one unambiguous form. */
  payee: string | null;
}

export interface Signer {
  userId: string;
  sessionId: string;
  dataKey: () => SealingKey;
  /** The time of the command that asks. */
  now: Date;
}

/** A row for every action of the contract. One that is missing does not compile. */
export type SignedActions = { readonly [A in ApprovalAction]: SignedAction<A, SigningLimit> };
