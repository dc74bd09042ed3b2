import type { Core } from '../../core.ts';
import type { DuePage, DueRow } from '../../due-row.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../sweep.ts';
import { claimPayoutAccount } from './claim-payout-account.command.ts';
import { openRecipient } from './open-recipient.ts';
import { dueForAccountCheck } from './payout-account.store.ts';

/** Asks bank and provider about the accounts that nobody has spoken of yet. */
export const checkPayoutAccounts: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => checkAccount(core, id);
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('payout_account.check');

const listDue = query('payout_account.dueForCheck', (db, page: DuePage, { now }) =>
  dueForAccountCheck(db, now, page),
);

async function checkAccount(core: Core, payoutAccountId: string): Promise<RowOutcome> {
  const claimed = await claimPayoutAccount(core, call, { payoutAccountId, purpose: 'check' });
  if (claimed === null) return 'passed';
  const opening = await openRecipient(core, claimed);
  return opening.isAnswered || opening.retryAfterSeconds === null ? 'worked' : 'stop';
}
