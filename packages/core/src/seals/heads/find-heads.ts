import { type Db, findLastHead, selectHeads } from '@errand-dash/db';
import { parseHead, type SignedHead } from './seal-head.ts';

/** The heads of a chain after a number, in their order, at most so many. One that is damaged ends them. */
export async function findHeads(
  db: Db,
  { chain, after, limit }: { chain: string; after: number; limit: number },
): Promise<SignedHead[]> {
  const stored = await selectHeads(db, chain, { after: BigInt(after), limit });
  const heads: SignedHead[] = [];
  for (const row of stored) {
    const head = signedHeadOf(row);
    if (head === null) break;
    heads.push(head);
  }
  return heads;
}

/** The newest head of a chain; null where nothing is sealed yet, or where it is damaged. */
export async function findLatestHead(db: Db, chain: string): Promise<SignedHead | null> {
  const stored = await findLastHead(db, chain);
  return stored === null ? null : signedHeadOf(stored);
}

/** A stored head as it is published; null where it is none. */
export function signedHeadOf({ head: text, signature }: StoredText): SignedHead | null {
  const head = parseHead(text);
  return head === null ? null : { head, signature: Buffer.from(signature).toString('base64url') };
}

interface StoredText {
  head: string;
  signature: Uint8Array;
}
