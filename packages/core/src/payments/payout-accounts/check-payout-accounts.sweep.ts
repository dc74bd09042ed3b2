import type { Core } from '../../core.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workEach } from '../../sweep.ts';
import { claimPayoutAccount } from './claim-payout-account.command.ts';
import { openRecipient } from './open-recipient.ts';
import { dueForAccountCheck } from './payout-account.store.ts';

/** Asks bank and provider about the accounts that nobody has spoken of yet. */
export const checkPayoutAccounts: Sweep = async (core, limit, isStopping) => {
  const due = await listDue(core, call, { limit });
  return workEach(core, call.requestId, due, (id) => checkAccount(core, id), isStopping);
};

const call = clockCall('payout_account.check');

const listDue = query('payout_account.dueForCheck', (db, { limit }: { limit: number }, { now }) =>
  dueForAccountCheck(db, now, limit),
);

async function checkAccount(core: Core, payoutAccountId: string): Promise<RowOutcome> {
  const claimed = await claimPayoutAccount(core, call, { payoutAccountId, purpose: 'check' });
  if (claimed === null) return 'passed';
  const opening = await openRecipient(core, claimed);
  return opening.isAnswered || opening.retryAfterSeconds === null ? 'worked' : 'stop';
}
