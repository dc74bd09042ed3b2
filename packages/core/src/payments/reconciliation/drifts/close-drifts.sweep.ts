import type { Core } from '../../../core.ts';
import type { DuePage, DueRow } from '../../../due-row.ts';
import { query } from '../../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../../sweep.ts';
import { confirmTopUp } from '../../top-ups/confirm-top-up.ts';
import { confirmWithdrawal } from '../../withdrawals/confirm-withdrawal.ts';
import { claimDrift } from './claim-drift.command.ts';
import { type DriftAnswer, isFollowed } from './drift.rules.ts';
import { dueForClosing } from './drift.store.ts';
import type { Drift } from './drift.ts';
import { endTry } from './end-try.command.ts';

/**
 * Closes the drifts that our own pending rows explain: asks the provider about the row, as every webhook does, and
 * lets it follow by its ordinary command. Nothing else is repaired here.
 */
export const closeDrifts: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => tryToClose(core, id);
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('drift.close');

const listDue = query('drift.dueForClosing', (db, page: DuePage, { now }) => dueForClosing(db, now, page));

async function tryToClose(core: Core, driftId: string): Promise<RowOutcome> {
  const drift = await claimDrift(core, call, { driftId });
  if (drift === null) return 'passed';
  const answer = await ask(core, drift);
  await endTry(core, call, { drift, answer });
  return answer.isLimited ? 'stop' : 'worked';
}

async function ask(core: Core, drift: Drift): Promise<DriftAnswer> {
  const { command, objects } = drift;
  const reference = objects.providerReference ?? '';
  const confirmation = command === 'topup.settle' ? confirmTopUp : confirmWithdrawal;
  const answer = await confirmation(core, reference);
  const retryAfterSeconds = answer.outcome === 'unanswered' ? answer.retryAfterSeconds : null;
  const isAnswered = answer.outcome === 'answered';
  const row = !isAnswered ? null : 'topUp' in answer ? answer.topUp : answer.withdrawal;
  return {
    isFollowed: row !== null && isFollowed(row.state, objects.providerStatus ?? ''),
    isLimited: retryAfterSeconds !== null,
    retryAfterSeconds,
  };
}
