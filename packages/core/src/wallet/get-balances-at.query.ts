import { currencyCodes } from '@errand-dash/contract';
import { type AccountName, readBalancesAt } from '@errand-dash/db';
import { listEscrowsOpenAt } from '../escrow/index.ts';
import { listWithdrawalsOpenAt } from '../payments/index.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { isWorthShowing, type WalletBalance } from './wallet-balance.rules.ts';

/**
 * What the person who asks had at an instant, in every currency that is open or in which there was something; of an
 * instant ahead, what there is now. What "at an instant" means is said at `readBalancesAt`. Refuses with
 * `SESSION_MISSING`.
 */
export const getBalancesAt = query(
  'wallet.balancesAt',
  async (db, { at }: { at: Date }, { viewer, core }): Promise<WalletBalance[]> => {
    const { userId } = orThrow(requireUser(viewer));
    return db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (snapshot) => {
        const escrows = await listEscrowsOpenAt(snapshot, userId, at);
        const withdrawals = await listWithdrawalsOpenAt(snapshot, userId, at);
        const accounts: AccountName[] = [
          ...currencyCodes.flatMap((currency): AccountName[] => [
            { purpose: 'available', ownerId: userId, currency },
            { purpose: 'frozen', ownerId: userId, currency },
          ]),
          ...escrows.map(
            ({ escrowId: ownerId, currency }): AccountName => ({ purpose: 'held', ownerId, currency }),
          ),
          ...withdrawals.map(
            ({ withdrawalId: ownerId, currency }): AccountName => ({ purpose: 'payout', ownerId, currency }),
          ),
        ];
        const balances = await readBalancesAt(snapshot, accounts, at);
        const total = (purpose: string, currency: string) =>
          accounts.reduce(
            (sum, account, index) =>
              account.purpose === purpose && account.currency === currency
                ? sum + (balances[index] ?? 0n)
                : sum,
            0n,
          );
        return currencyCodes
          .map((currency) => ({
            currency,
            availableMinor: total('available', currency),
            frozenMinor: total('frozen', currency),
            heldMinor: total('held', currency),
            onTheWayMinor: total('payout', currency),
          }))
          .filter((balance) => isWorthShowing(balance, core.policy));
      });
  },
);
