import type { ApprovalAction } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { type Decision, Refused } from '../../refusal.ts';
import type { SignedAction, SignedInput, SignedTerms, Signer, SigningLimit } from './signed-action.ts';

/** What is signed of an action, or why it cannot be done, also where a store of its module throws that. */
export async function signedTermsOf<A extends ApprovalAction>(
  tx: Tx,
  action: SignedAction<A, SigningLimit>,
  input: SignedInput<A>,
  signer: Signer,
): Promise<Decision<SignedTerms>> {
  try {
    return await action.derive(tx, input, signer);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}
