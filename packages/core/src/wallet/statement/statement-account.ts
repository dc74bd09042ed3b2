import type { Currency, StatementAccount } from '@errand-dash/contract';
import type { AccountName, Db } from '@errand-dash/db';
import { findEscrow } from '../../escrow/index.ts';
import { findWithdrawal } from '../../payments/index.ts';
import { orThrow, refuse } from '../../refusal.ts';

/**
 * The account in the ledger that a person means. Refuses with `OBJECT_NOT_FOUND` the escrow that somebody else pays into
 * and the withdrawal that is somebody else's, as if there were none.
 */
export async function getStatementAccount(
  db: Db,
  userId: string,
  account: StatementAccount,
  currency: Currency,
): Promise<AccountName> {
  switch (account.purpose) {
    case 'available':
    case 'frozen':
      return { purpose: account.purpose, ownerId: userId, currency };
    case 'held': {
      const escrow = await findEscrow(db, account.escrowId);
      if (escrow?.payerId !== userId) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
      return { purpose: 'held', ownerId: escrow.escrowId, currency };
    }
    case 'payout': {
      const withdrawal = await findWithdrawal(db, account.withdrawalId);
      if (withdrawal?.userId !== userId) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
      return { purpose: 'payout', ownerId: withdrawal.id, currency };
    }
  }
}
