import { pruneApprovals } from './approvals/index.ts';
import { pruneCeremonies, pruneSessions } from './auth/index.ts';
import { advanceErrands } from './errands/index.ts';
import { pruneQuotes } from './exchange/index.ts';
import { allInvariants } from './invariants.ts';
import { pruneMessages, sendMessages } from './messages/index.ts';
import { deliverNotices } from './notices/index.ts';
import {
  checkPayoutAccounts,
  checkTopUps,
  checkWithdrawals,
  closeDrifts,
  createReconcile,
  sendWithdrawals,
  settleBookRows,
  workWebhooks,
} from './payments/index.ts';
import { pruneAnswers } from './prune-answers.sweep.ts';
import { pruneRateLimits } from './rate-limits/index.ts';
import { makeRecoveryCodes, pruneRecoveries } from './recovery/index.ts';
import { publishAuditHeads, publishHeads, sealAudit, sealLedger } from './seals/index.ts';
import type { Sweep } from './sweep.ts';
import { pruneVerifications } from './users/index.ts';
import { foldBalances } from './wallet/index.ts';
import { pruneWaysIn } from './ways-in/index.ts';

/** Everything that time does, by the name of the queue that wakes it. */
export const sweeps: Readonly<Record<string, Sweep>> = {
  'work-webhooks': workWebhooks,
  'check-top-ups': checkTopUps,
  'check-payout-accounts': checkPayoutAccounts,
  'send-withdrawals': sendWithdrawals,
  'check-withdrawals': checkWithdrawals,
  'advance-errands': advanceErrands,
  reconcile: createReconcile(allInvariants),
  'close-drifts': closeDrifts,
  'settle-book-rows': settleBookRows,
  'deliver-notices': deliverNotices,
  'fold-balances': foldBalances,
  'seal-ledger': sealLedger,
  'publish-heads': publishHeads,
  'seal-audit': sealAudit,
  'publish-audit-heads': publishAuditHeads,
  'prune-answers': pruneAnswers,
  'prune-ceremonies': pruneCeremonies,
  'prune-rate-limits': pruneRateLimits,
  'prune-sessions': pruneSessions,
  'send-messages': sendMessages,
  'prune-messages': pruneMessages,
  'prune-verifications': pruneVerifications,
  'make-recovery-codes': makeRecoveryCodes,
  'prune-recoveries': pruneRecoveries,
  'prune-ways-in': pruneWaysIn,
  'prune-approvals': pruneApprovals,
  'prune-quotes': pruneQuotes,
};
