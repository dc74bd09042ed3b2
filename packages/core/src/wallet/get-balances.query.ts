import { currencyCodes } from '@errand-dash/contract';
import { type AccountName, readBalances } from '@errand-dash/db';
import { sumHeldByPayer } from '../escrow/index.ts';
import { sumOnTheWay } from '../payments/index.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { isWorthShowing, type WalletBalance } from './wallet-balance.rules.ts';

/**
 * What the person who asks has, in every currency that is open or in which there is something. Refuses with
 * `SESSION_MISSING`.
 */
export const getBalances = query(
  'wallet.balances',
  async (db, _input: Record<string, never>, { viewer, core }): Promise<WalletBalance[]> => {
    const { userId } = orThrow(requireUser(viewer));
    const names = currencyCodes.map((currency) => ({ currency, ownerId: userId }));
    const accounts = names.flatMap((name): AccountName[] => [
      { purpose: 'available', ...name },
      { purpose: 'frozen', ...name },
    ]);
    // Of one snapshot, or what is held at this moment would be seen twice or not at all.
    const [balances, held, onTheWay] = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute((snapshot) =>
        Promise.all([
          readBalances(snapshot, accounts),
          sumHeldByPayer(snapshot, userId),
          sumOnTheWay(snapshot, userId),
        ]),
      );
    return names
      .map(({ currency }, index) => ({
        currency,
        availableMinor: balances[2 * index] ?? 0n,
        frozenMinor: balances[2 * index + 1] ?? 0n,
        heldMinor: held.get(currency) ?? 0n,
        onTheWayMinor: onTheWay.get(currency) ?? 0n,
      }))
      .filter((balance) => isWorthShowing(balance, core.policy));
  },
);
