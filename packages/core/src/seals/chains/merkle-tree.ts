import { hash } from 'node:crypto';

/** A Merkle tree: its root, and what proves that a leaf is in it. */
export interface MerkleTree {
  root: Buffer;
  /** The path of the leaf at this index, from 0 (RFC 9162, section 2.1.3.1): nearest node first. */
  pathOf: (index: number) => Buffer[];
}

/**
 * The tree over these leaves (RFC 9162, section 2.1.1): SHA-256, 0x00 before a leaf's bytes, 0x01 before two nodes.
 * Takes the hashes of leaves, at least one. Where a level has an odd number of nodes the last goes up as it is, which is
 * the same tree as that of the RFC, which parts at the largest power of two.
 */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  let level: Buffer[] = leaves.map((leaf) => Buffer.from(leaf));
  const levels = [level];
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (const [index, left] of level.entries()) {
      if (index % 2 === 1) continue;
      const right = level[index + 1];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    levels.push(above);
    level = above;
  }
  const [root] = level;
  if (root === undefined) throw new RangeError('a tree has at least one leaf');
  return {
    root,
    pathOf: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
        throw new RangeError('no leaf is there');
      return levels.flatMap((nodes, height) => nodes[siblingOf(index, height)] ?? []);
    },
  };
}

/** Beside which node the one stands that is above a leaf at a height. */
function siblingOf(index: number, height: number): number {
  const place = Math.floor(index / 2 ** height);
  return place % 2 === 0 ? place + 1 : place - 1;
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
