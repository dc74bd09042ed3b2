import { concatenated, sha256 } from './bytes.ts';

/** The root to which a path leads from the hash of a leaf (RFC 9162, section 2.1.3.2), or null where it is no such path. */
export async function merkleRootOf(
  leaf: Uint8Array,
  { index, size, path }: { index: number; size: number; path: readonly Uint8Array[] },
): Promise<Uint8Array | null> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  let place = index;
  let last = size - 1;
  let node = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    const isRight = place % 2 === 1 || place === last;
    node = await sha256(concatenated(Uint8Array.of(1), ...(isRight ? [sibling, node] : [node, sibling])));
    // Where the tree is ragged, levels at which the node has no sibling are passed over.
    while (isRight && place % 2 === 0 && place > 0) {
      place = Math.floor(place / 2);
      last = Math.floor(last / 2);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}
