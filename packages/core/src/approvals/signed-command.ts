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
 */
export function signedCommand<A extends ApprovalAction, R>(
  action: SignedAction<A>,
  work: (
    tx: Tx,
    input: SignedInput<A> & { approvalId: string },
    context: CommandContext,
  ) => Promise<CommandOutcome<R>>,
): Command<SignedInput<A> & { approval: Approval }, R> {
  return command(action.name, async (tx, input, context) => {
    const { approval, ...signed } = input;
    const refusal = await requireApproval(tx, context, action, signed as unknown as SignedInput<A>, approval);
    if (refusal !== null) return { refusal };
    return work(tx, { ...input, approvalId: approval.approvalId }, context);
  });
}
