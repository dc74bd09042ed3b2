import type { Approval, ApprovalAction } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { type Command, type CommandContext, type CommandOutcome, command } from '../../command.ts';
import { orThrow } from '../../refusal.ts';
import { requireBelowLimits } from '../limits/require-below-limits.ts';
import { requireApproval } from './require-approval.ts';
import type { SignedAction, SignedInput } from './signed-action.ts';

type SignedWork<Input, R> = (tx: Tx, input: Input, context: CommandContext) => Promise<CommandOutcome<R>>;

/**
 * A command that runs only with a signature over exactly its input, and bears the action's name. Beside its own it
 * refuses with `SIGNATURE_REFUSED`, and with `ROLE_MISSING` where the action is an operator's.
 *
 * The signature is consumed by any attempt, so that the work returns its refusals and does not throw them: what is
 * thrown would roll the consumption back.
 *
 * The signature is no part of what is asked for: who lost the answer may sign anew under the same key and is answered
 * as before.
 */
export function signedCommand<A extends ApprovalAction, R>(
  action: SignedAction<A>,
  work: SignedWork<SignedInput<A> & { approvalId: string }, R>,
): Command<SignedInput<A> & { approval: Approval }, R> {
  type Input = SignedInput<A> & { approval: Approval };
  return command<Input, R>(
    action.name,
    async (tx, input, context) => {
      const { approval } = input;
      const refusal = await requireApproval(tx, context, action, unsigned<A>(input), approval);
      if (refusal !== null) return { refusal };
      return work(tx, { ...input, approvalId: approval.approvalId }, context);
    },
    unsigned,
  );
}

/**
 * As {@link signedCommand}, for what needs a signature only from the policy's limits on. Without one it refuses with
 * `SIGNATURE_NEEDED` from there on, nothing is kept under the key, and the same call may be made again signed.
 *
 * The work returns its refusals: with a signature they are committed with its consumption, without one they leave
 * nothing behind.
 */
export function signedFromLimit<A extends ApprovalAction, R>(
  action: SignedAction<A, 'from_amount'>,
  work: SignedWork<SignedInput<A>, R>,
): Command<SignedInput<A> & { approval?: Approval | undefined }, R> {
  type Input = SignedInput<A> & { approval?: Approval | undefined };
  return command<Input, R>(
    action.name,
    async (tx, input, context) => {
      const { approval } = input;
      const given = unsigned<A>(input);
      if (approval === undefined) {
        orThrow(await requireBelowLimits(tx, context, action, given));
        const outcome = await work(tx, given, context);
        if ('refusal' in outcome) orThrow(outcome.refusal);
        return outcome;
      }
      const refusal = await requireApproval(tx, context, action, given, approval);
      return refusal === null ? work(tx, given, context) : { refusal };
    },
    unsigned,
  );
}

/** The input without its signature. */
function unsigned<A extends ApprovalAction>({
  approval: _approval,
  ...given
}: SignedInput<A> & { approval?: Approval | undefined }): SignedInput<A> {
  // What is left is the input; TypeScript cannot carry that through the union.
  return given as unknown as SignedInput<A>;
}
