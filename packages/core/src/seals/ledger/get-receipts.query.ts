import { setImmediate } from 'node:timers/promises';
import {
  type Db,
  findBatches,
  findLedgerRows,
  findSeals,
  type LedgerRow,
  placeOf,
  type SealRecord,
} from '@errand-dash/db';
import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { hashesOf } from '../chains/leaf-hashes.ts';
import { type MerkleTree, merkleTree } from '../chains/merkle-tree.ts';
import { rowSalt } from '../chains/row-salt.ts';
import { signedHeadOf } from '../heads/find-heads.ts';
import type { SignedHead } from '../heads/seal-head.ts';
import { type LedgerLeaf, type LedgerSide, ledgerLeaf, ledgerSide } from './ledger-leaf.ts';
import { ledgerSource } from './ledger-source.ts';
import { findAccounts, type NamedAccount } from './own-account.store.ts';

/** What proves that a transfer is in the sealed ledger, and what its owner's balance was after it. */
export interface Receipt {
  version: 1;
  transfer: LedgerLeaf;
  /** The owner's own sides of it, each with its salt, base64url. */
  own: OwnSide[];
  /** Where the transfer is in its batch, from 0. */
  position: number;
  /** The proof of inclusion, base64url. */
  path: string[];
  head: SignedHead;
}

export interface OwnSide extends LedgerSide {
  account: NamedAccount;
  salt: string;
}

/**
 * The receipts of the person's own transfers, in the order of the ids. Null for a transfer that is not sealed yet, for
 * somebody else's and for none: which of them is not told. Refuses with `SESSION_MISSING`.
 */
export const getReceipts = query(
  'wallet.getReceipts',
  async (
    db,
    { transferIds }: { transferIds: readonly string[] },
    { viewer },
  ): Promise<(Receipt | null)[]> => {
    const { userId } = orThrow(requireUser(viewer));
    return findReceipts(db, { userId, transferIds });
  },
);

/**
 * The receipts of a person's transfers, as {@link getReceipts} has them; where no person is named those of any transfer,
 * with both of its sides.
 */
export async function findReceipts(
  db: Db,
  { userId, transferIds }: { userId: string | null; transferIds: readonly string[] },
): Promise<(Receipt | null)[]> {
  const rows = await findLedgerRows(db, transferIds);
  const accounts = await findAccounts(
    db,
    userId,
    rows.flatMap((row) => [row.debit_account_id, row.credit_account_id]),
  );
  const own = rows.filter((row) => sidesOf(row, accounts).length > 0);
  const batches = await findBatches(db, ledgerSource.chain, own.map(placeOf));
  const seals = await findSeals(db, ledgerSource.chain, [...new Set(batches.values())]);
  const trees = new Map<bigint, { seal: SealRecord; tree: MerkleTree }>();
  for (const seal of seals) {
    // A full batch is a thousand hashes, and others wait for this process too.
    await setImmediate();
    trees.set(seal.number, { seal, tree: merkleTree(hashesOf(seal)) });
  }
  return transferIds.map((id) => {
    const row = own.find((candidate) => candidate.id === id);
    const batch = trees.get(batches.get(id) ?? 0n);
    return row === undefined || batch === undefined ? null : receiptOf(row, batch, accounts);
  });
}

const sidesOf = (row: LedgerRow, accounts: ReadonlyMap<string, NamedAccount>): LedgerSide[] =>
  (['debit', 'credit'] as const)
    .map((side) => ledgerSide(row, side))
    .filter(({ accountId }) => accounts.has(accountId));

function receiptOf(
  row: LedgerRow,
  { seal, tree }: { seal: SealRecord; tree: MerkleTree },
  accounts: ReadonlyMap<string, NamedAccount>,
): Receipt | null {
  const head = signedHeadOf(seal);
  const position = seal.rowIds.indexOf(row.id);
  if (head === null || position < 0) return null;
  const salt = rowSalt(seal.salt, row.id);
  return {
    version: 1,
    transfer: ledgerLeaf(row, salt),
    own: sidesOf(row, accounts).flatMap((side) => {
      const account = accounts.get(side.accountId);
      return account === undefined ? [] : [{ ...side, account, salt: salt(side.side).toString('base64url') }];
    }),
    position,
    path: tree.pathOf(position).map((node) => node.toString('base64url')),
    head,
  };
}
