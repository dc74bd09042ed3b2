import { query } from '../../query.ts';
import { ledgerSource } from '../ledger/ledger-source.ts';
import { findHeads, findLatestHead } from './find-heads.ts';
import type { SignedHead } from './seal-head.ts';

/** Which heads: those after a number, or the newest alone. */
export type GetHeads = { after: number; limit: number } | 'latest';

/** Heads of the ledger, in their order. They are public: whoever keeps one can tell later whether it still holds. */
export const getHeads = query('ledger.heads', async (db, asked: GetHeads): Promise<SignedHead[]> => {
  const { chain } = ledgerSource;
  if (asked !== 'latest') return findHeads(db, { chain, ...asked });
  const head = await findLatestHead(db, chain);
  return head === null ? [] : [head];
});
