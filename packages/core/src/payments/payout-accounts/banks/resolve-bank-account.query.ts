import type { BankAccount } from '@errand-dash/contract';
import { query } from '../../../query.ts';
import { orThrow, refuse } from '../../../refusal.ts';
import { requireUser } from '../../../users/index.ts';
import { lookUpAccount } from './look-up-account.ts';

/**
 * Whose account it is, as the bank says, so that a person sees it before he signs. Refuses with
 * `PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK`, `PROVIDER_REFUSED`, and `SERVICE_BUSY` where the bank could not be asked.
 */
export const resolveBankAccount = query(
  'wallet.resolveBankAccount',
  async (_db, input: BankAccount, { core, viewer, now }): Promise<{ accountName: string }> => {
    const { userId } = orThrow(requireUser(viewer));
    const lookup = await lookUpAccount(core, { userId, now, ...input });
    switch (lookup.outcome) {
      case 'found':
        return { accountName: lookup.accountName };
      case 'absent':
        return orThrow(refuse('PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK', {}));
      case 'refused':
        return orThrow(refuse('PROVIDER_REFUSED', { reason: lookup.code }));
      case 'unanswered':
        return orThrow(refuse('SERVICE_BUSY', { retryAfterSeconds: lookup.retryAfterSeconds ?? 30 }));
    }
  },
);
