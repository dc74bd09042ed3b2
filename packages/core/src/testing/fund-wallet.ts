import { type Db, inTransaction, post, readBalances } from '@errand-dash/db';
import { newId } from '../core.ts';
import type { TestCore } from './test-core.ts';

/** Puts money into a person's wallet, as a correction would but unsigned: without a payment there is no top-up. */
export async function fundWallet(core: TestCore, userId: string, amountMinor: bigint): Promise<void> {
  const now = new Date();
  const currency = 'NGN';
  const [answer] = await inTransaction(core.db, (tx) =>
    post(tx, [
      {
        kind: 'adjustment.post',
        cause: { type: 'test', id: userId },
        authority: { kind: 'provider', reference: 'demo funds' },
        postedAt: now,
        transfers: [
          {
            id: newId(core, now),
            debit: { purpose: 'adjustments', ownerId: null, currency },
            credit: { purpose: 'available', ownerId: userId, currency },
            amountMinor,
          },
        ],
      },
    ]),
  );
  if (answer?.outcome !== 'posted') throw new Error('the wallet was not funded');
}

/** What a person can spend. */
export const availableOf = async (db: Db, userId: string): Promise<bigint> => {
  const [balance = 0n] = await readBalances(db, [{ purpose: 'available', ownerId: userId, currency: 'NGN' }]);
  return balance;
};
