import type { Core } from '../../core.ts';
import type { DuePage, DueRow } from '../../due-row.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../sweep.ts';
import { claimWithdrawal } from './claim-withdrawal.command.ts';
import { sendWithdrawal } from './send-withdrawal.ts';
import { tellOverdue } from './tell-overdue.ts';
import { dueForProvider } from './withdrawal.store.ts';

/**
 * Sends withdrawals to the provider, and those again whose fate is not known yet. When the provider says that it is
 * asked too much the sweep ends: each of the others has its own time.
 */
export const sendWithdrawals: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => send(core, id);
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('withdrawal.send');

const listDue = query('withdrawal.dueForSending', (db, page: DuePage, { now }) =>
  dueForProvider(db, ['requested', 'sending'], now, page),
);

async function send(core: Core, withdrawalId: string): Promise<RowOutcome> {
  const claimed = await claimWithdrawal(core, call, { withdrawalId, purpose: 'send' });
  if (claimed === null) return 'passed';
  tellOverdue(core, claimed);
  const answer = await sendWithdrawal(core, claimed);
  return answer.outcome === 'unanswered' && answer.retryAfterSeconds !== null ? 'stop' : 'worked';
}
