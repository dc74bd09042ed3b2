import { hash } from 'node:crypto';

/** A Merkle tree: its root, and what proves that a leaf is in it. */
export interface MerkleTree {
  root: Buffer;
  /** The path of the leaf at this index, from 0 (RFC 9162, section 2.1.3.1): nearest node first. */
  pathOf: (index: number) => Buffer[];
}

/**
 * The tree over these leaves (RFC 9162, section 2.1.1): SHA-256, 0x00 before a leaf's bytes, 0x01 before two nodes.
 * Takes the hashes of leaves, at least one.
 */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  if (leaves.length === 0) throw new RangeError('a tree has at least one leaf');
  const known = new Map<string, Buffer>();
  /** The node over the leaves from one index to before another. */
  const node = (from: number, to: number): Buffer => {
    if (to - from === 1) return Buffer.from(leaves[from] ?? []);
    const name = `${from} ${to}`;
    const middle = from + leftSize(to - from);
    const found = known.get(name) ?? nodeHash(node(from, middle), node(middle, to));
    known.set(name, found);
    return found;
  };
  return {
    root: node(0, leaves.length),
    pathOf: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
        throw new RangeError('no leaf is there');
      const path: Buffer[] = [];
      for (let [from, to] = [0, leaves.length]; to - from > 1; ) {
        const middle = from + leftSize(to - from);
        const isLeft = index < middle;
        path.unshift(isLeft ? node(middle, to) : node(from, middle));
        if (isLeft) to = middle;
        else from = middle;
      }
      return path;
    },
  };
}

/** The root to which a path leads from a leaf (RFC 9162, section 2.1.3.2), or null where it is no path of such a tree. */
export function rootOfPath(
  leaf: Uint8Array,
  { index, size, path }: { index: number; size: number; path: readonly Uint8Array[] },
): Buffer | null {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return null;
  let place = index;
  let last = size - 1;
  let node: Buffer = Buffer.from(leaf);
  for (const sibling of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      node = nodeHash(sibling, node);
      while (place % 2 === 0 && place > 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else {
      node = nodeHash(node, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}

/** The hash of a leaf that has these bytes. */
export const leafHash = (bytes: Uint8Array): Buffer => sha256(Buffer.of(0), bytes);

const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

const sha256 = (...parts: Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');

/** The largest power of two below the size. */
const leftSize = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1);
