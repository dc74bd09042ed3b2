import type { Approval, ApprovalAction } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { type Command, type CommandContext, type CommandOutcome, command } from '../command.ts';
import { requireApproval } from './require-approval.ts';
import type { SignedAction, SignedInput } from './signed-action.ts';

/**
 * A command that runs only with a passkey's signature over exactly its input, and bears the action's name. Beside
 * its own it refuses with `SIGNATURE_REFUSED`.
 *
 * The signature is consumed by any attempt, so that the work returns its refusals and does not throw them: what is
 * thrown would roll the consumption back.
 *
 * The signature is no part of what is asked for: who lost the answer may sign anew under the same key and is answered
 * as before.
 */
export function signedCommand<A extends ApprovalAction, R>(
  action: SignedAction<A>,
  work: (
    tx: Tx,
    input: SignedInput<A> & { approvalId: string },
    context: CommandContext,
  ) => Promise<CommandOutcome<R>>,
): Command<SignedInput<A> & { approval: Approval }, R> {
  type Input = SignedInput<A> & { approval: Approval };
  const unsigned = ({ approval: _approval, ...signed }: Input) => signed as unknown as SignedInput<A>;
  return command<Input, R>(
    action.name,
    async (tx, input, context) => {
      const { approval } = input;
      const refusal = await requireApproval(tx, context, action, unsigned(input), approval);
      if (refusal !== null) return { refusal };
      return work(tx, { ...input, approvalId: approval.approvalId }, context);
    },
    unsigned,
  );
}
