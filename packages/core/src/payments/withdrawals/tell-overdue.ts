import type { Core } from '../../core.ts';
import type { ClaimedWithdrawal } from './claim-withdrawal.command.ts';

/** Tells in the log of a withdrawal that has been open for long. Nothing else follows from its age. */
export function tellOverdue(core: Pick<Core, 'log'>, { withdrawal, isOverdue }: ClaimedWithdrawal): void {
  if (!isOverdue) return;
  const { id: withdrawalId, state, attempts, checksMade } = withdrawal;
  core.log('error', 'a withdrawal has been open for long', { withdrawalId, state, attempts, checksMade });
}
