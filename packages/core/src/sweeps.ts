import { pruneCeremonies } from './auth/index.ts';
import { advanceErrands } from './errands/index.ts';
import { deliverNotices } from './notices/index.ts';
import {
  checkPayoutAccounts,
  checkTopUps,
  checkWithdrawals,
  sendWithdrawals,
  workWebhooks,
} from './payments/index.ts';
import { pruneAnswers } from './prune-answers.sweep.ts';
import type { Sweep } from './sweep.ts';

/** Everything that time does, by the name of the queue that wakes it. */
export const sweeps: Readonly<Record<string, Sweep>> = {
  'work-webhooks': workWebhooks,
  'check-top-ups': checkTopUps,
  'check-payout-accounts': checkPayoutAccounts,
  'send-withdrawals': sendWithdrawals,
  'check-withdrawals': checkWithdrawals,
  'advance-errands': advanceErrands,
  'deliver-notices': deliverNotices,
  'prune-answers': pruneAnswers,
  'prune-ceremonies': pruneCeremonies,
};
