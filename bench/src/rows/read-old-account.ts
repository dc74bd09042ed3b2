import { type AccountName, createDb, listTransfers, readBalances } from '@errand-dash/db';
import type { BenchLedger } from '../bench-database.ts';
import type { BenchRow } from '../bench-row.ts';
import { loadPair } from '../ledger-history.ts';
import { millisecondsEach } from '../measure-row.ts';

/** That an account is read as fast when it is old, one that is guarded and one that is not. */
export const readOldAccount: BenchRow = {
  id: 'read-old-account',
  unit: 'ms a read',
  heldAgainst: 'after 1,000 transfers, both after 1,000,000',
  reach: 1.3,
  atMost: true,
  prepare: (context) => readPairs(context, { old: 1_000_000, young: 1000 }),
};

/** Two accounts with long histories against two with short ones. */
export async function readPairs(ledger: BenchLedger, transfers: { old: number; young: number }) {
  const young = await loadPair(ledger, transfers.young);
  const old = await loadPair(ledger, transfers.old);
  const read = (accounts: AccountName[]) => millisecondsEach(4, () => readBoth(ledger, accounts));
  return { figure: read(old), against: read(young) };
}

const pageLines = 50;

/** The balances, and a page of each. */
async function readBoth({ pool }: BenchLedger, accounts: AccountName[]): Promise<void> {
  const db = createDb(pool);
  const balances = await readBalances(db, accounts);
  const [guardedMinor = 0n, unguardedMinor = 0n] = balances;
  if (guardedMinor <= 0n || guardedMinor + unguardedMinor !== 0n)
    throw new Error('The books of the bench are wrong');
  for (const account of accounts) {
    const { transfers } = await listTransfers(db, { account, limit: pageLines });
    if (transfers.length !== pageLines) throw new Error('A page of the bench is not full');
  }
}
