import type { Approval, ApprovalAction } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { type Command, type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { refuse } from '../../refusal.ts';
import { tellRefusal } from '../../tell-refusal.ts';
import { requireApproval } from './require-approval.ts';
import type { SignedAction, SignedInput } from './signed-action.ts';

/**
 * As `signedCommand`, for an act whose answer is a secret that must be kept nowhere: it is outside the key store, and
 * who lost the answer signs again and does it again. The key is part of what is signed all the same.
 */
export function signedCeremony<A extends ApprovalAction, R>(
  action: SignedAction<A>,
  work: (
    tx: Tx,
    input: SignedInput<A> & { approvalId: string },
    context: CommandContext,
  ) => Promise<CommandOutcome<R>>,
): Command<SignedInput<A> & { approval: Approval }, R> {
  type Input = SignedInput<A> & { approval: Approval };
  const act = ceremony(action.name, async (tx, given: { input: Input; key: string }, context) => {
    const { approval, ...rest } = given.input;
    // What is left is the input; TypeScript cannot carry that through the union.
    const unsigned = rest as unknown as SignedInput<A>;
    // No copy: what the signature changes in it is told by the audit log.
    context.idempotencyKey = given.key;
    const refusal = await requireApproval(tx, context, action, unsigned, approval);
    if (refusal !== null) return { refusal };
    return work(tx, { ...unsigned, approvalId: approval.approvalId }, context);
  });
  return async (core, call, input) => {
    if (call.idempotencyKey === null) {
      return tellRefusal(core, call, action.name, refuse('IDEMPOTENCY_KEY_MISSING', {}));
    }
    return act(core, call, { input, key: call.idempotencyKey });
  };
}
