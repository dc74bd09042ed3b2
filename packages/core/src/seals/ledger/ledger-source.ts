import {
  checkInvariants,
  checkLedgerRows,
  type Db,
  findAccountAstray,
  findLedgerRows,
  findRowAhead,
  type LedgerRow,
  ledgerInvariants,
  ledgerRows,
  type RowProblem,
  readInOrder,
} from '@errand-dash/db';
import type { SealedSource } from '../chains/sealed-source.ts';
import { ledgerLeafBytes } from './ledger-leaf.ts';

/** Every transfer, in the order in which the transactions were begun that posted them. */
export const ledgerSource: SealedSource<LedgerRow> = {
  chain: 'ledger',
  noun: 'transfer',
  read: (db, range) => readInOrder(db, ledgerRows, range),
  find: findLedgerRows,
  findAhead: (db) => findRowAhead(db, ledgerRows),
  writtenAt: (row) => row.posted_at,
  leafOf: ledgerLeafBytes,
  check: (db, rows) =>
    checkLedgerRows(
      db,
      rows.map(({ id }) => id),
    ),
  checkEnd,
};

/** After all transfers: what the accounts say, and the checkpoints. */
async function checkEnd(db: Db): Promise<RowProblem | null> {
  const astray = await findAccountAstray(db);
  if (astray !== null) return { id: astray.id, says: `account ${astray.id} ${astray.says}` };
  const checkpoints = ledgerInvariants.filter(({ name }) => name === 'checkpoint_equals_what_it_covers');
  const [violation] = await checkInvariants(db, checkpoints);
  if (violation === undefined) return null;
  const { account_id: id, balance_minor: stored, covered_minor: covered } = violation.row;
  return {
    id: String(id),
    says: `the checkpoint of account ${id} is ${stored}, and what it covers sums to ${covered}`,
  };
}
