import type { Core } from '../../core.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workEach } from '../../sweep.ts';
import { claimWithdrawal } from './claim-withdrawal.command.ts';
import { confirmWithdrawal } from './confirm-withdrawal.ts';
import { tellOverdue } from './tell-overdue.ts';
import { dueForProvider } from './withdrawal.store.ts';

/**
 * Asks the provider about transfers that it has made: of most of what can become of them it tells nobody. Those that
 * were paid are asked about for some days more, because a bank may send them back.
 */
export const checkWithdrawals: Sweep = async (core, limit, isStopping) => {
  const due = await listDue(core, call, { limit });
  return workEach(core, call.requestId, due, (withdrawalId) => check(core, withdrawalId), isStopping);
};

const call = clockCall('withdrawal.check');

const listDue = query('withdrawal.dueForCheck', (db, { limit }: { limit: number }, { now }) =>
  dueForProvider(db, ['sent', 'paid'], now, limit),
);

async function check(core: Core, withdrawalId: string): Promise<RowOutcome> {
  const claimed = await claimWithdrawal(core, call, { withdrawalId, purpose: 'check' });
  if (claimed === null) return 'passed';
  tellOverdue(core, claimed);
  const answer = await confirmWithdrawal(core, claimed.withdrawal.reference);
  return answer.outcome === 'unanswered' && answer.retryAfterSeconds !== null ? 'stop' : 'worked';
}
