import type { Core } from '../../core.ts';
import type { DuePage, DueRow } from '../../due-row.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../sweep.ts';
import { claimTopUp } from './claim-top-up.command.ts';
import { confirmTopUp } from './confirm-top-up.ts';
import { openCheckout } from './open-checkout.ts';
import { dueForCheck } from './top-up.store.ts';

/**
 * Asks the provider about top-ups whose time has come, and opens at the provider those that are not open yet. When
 * the provider says that it is asked too much the sweep ends: each of the others has its own time to be asked again.
 */
export const checkTopUps: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => checkTopUp(core, id);
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('topup.check');

const listDue = query('topup.dueForCheck', (db, page: DuePage, { now }) => dueForCheck(db, now, page));

async function checkTopUp(core: Core, topUpId: string): Promise<RowOutcome> {
  const claimed = await claimTopUp(core, call, { topUpId, purpose: 'check' });
  if (claimed === null) return 'passed';
  const { state, reference } = claimed.topUp;
  const answer =
    state === 'created' ? await openCheckout(core, claimed) : await confirmTopUp(core, reference);
  return answer.outcome === 'unanswered' && answer.retryAfterSeconds !== null ? 'stop' : 'worked';
}
