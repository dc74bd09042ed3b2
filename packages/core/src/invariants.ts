import {
  checkInvariants,
  type Db,
  type InvariantViolation,
  type LedgerInvariant,
  ledgerInvariants,
} from '@errand-dash/db';
import { standingInvariants } from './admin/index.ts';
import { approvalInvariants } from './approvals/index.ts';
import { errandInvariants } from './errands/index.ts';
import { escrowInvariants } from './escrow/index.ts';
import { exchangeInvariants } from './exchange/index.ts';
import { paymentInvariants, reconciliationInvariants, withdrawalInvariants } from './payments/index.ts';
import { auditInvariants } from './seals/index.ts';

/** Everything that always holds. Reconciliation, tests and the story run all of it. */
export const allInvariants: LedgerInvariant[] = [
  ...ledgerInvariants,
  ...escrowInvariants,
  ...errandInvariants,
  ...paymentInvariants,
  ...withdrawalInvariants,
  ...reconciliationInvariants,
  ...approvalInvariants,
  ...exchangeInvariants,
  ...standingInvariants,
  ...auditInvariants,
];

/** Every row that offends an invariant, a hundred of each at most. Empty is how it must be. */
export const checkAllInvariants = (db: Db): Promise<InvariantViolation[]> =>
  checkInvariants(db, allInvariants);
