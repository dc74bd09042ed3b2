import type { Core } from '../../core.ts';
import type { DuePage, DueRow } from '../../due-row.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../sweep.ts';
import { claimWithdrawal } from './claim-withdrawal.command.ts';
import { confirmWithdrawal } from './confirm-withdrawal.ts';
import { tellOverdue } from './tell-overdue.ts';
import { dueForProvider } from './withdrawal.store.ts';

/**
 * Asks the provider about transfers that it has made: of most of what can become of them it tells nobody. Those that
 * were paid are asked about for some days more, because a bank may send them back.
 */
export const checkWithdrawals: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => check(core, id);
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('withdrawal.check');

const listDue = query('withdrawal.dueForCheck', (db, page: DuePage, { now }) =>
  dueForProvider(db, ['sent', 'paid'], now, page),
);

async function check(core: Core, withdrawalId: string): Promise<RowOutcome> {
  const claimed = await claimWithdrawal(core, call, { withdrawalId, purpose: 'check' });
  if (claimed === null) return 'passed';
  tellOverdue(core, claimed);
  const answer = await confirmWithdrawal(core, claimed.withdrawal.reference);
  return answer.outcome === 'unanswered' && answer.retryAfterSeconds !== null ? 'stop' : 'worked';
}
