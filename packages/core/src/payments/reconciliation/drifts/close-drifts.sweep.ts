import type { Core } from '../../../core.ts';
import { query } from '../../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workEach } from '../../../sweep.ts';
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
export const closeDrifts: Sweep = async (core, limit, isStopping) => {
  const due = await listDue(core, call, { limit });
  return workEach(core, call.requestId, due, (driftId) => tryToClose(core, driftId), isStopping);
};

const call = clockCall('drift.close');

const listDue = query('drift.dueForClosing', (db, { limit }: { limit: number }, { now }) =>
  dueForClosing(db, now, limit),
);

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
