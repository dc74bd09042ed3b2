import { describe, expect, test } from 'vitest';
import { leafHash, merkleTree, rootOfPath } from './merkle-tree.ts';

/** The leaves and roots with which implementations of RFC 6962 test themselves; RFC 9162 kept the hashing. */
const known = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
] as const;
const leaves = known.map(([bytes]) => leafHash(Buffer.from(bytes, 'hex')));

test.each(known.map(([, root], index) => [index + 1, root] as const))(
  'a tree of %i leaves has the known root',
  (size, root) => {
    expect(merkleTree(leaves.slice(0, size)).root.toString('hex')).toBe(root);
  },
);

describe('a path', () => {
  const many = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.of(index)));

  test('leads from every leaf of every tree to its root', () => {
    for (let size = 1; size <= many.length; size += 1) {
      const tree = many.slice(0, size);
      const root = merkleTree(tree).root;
      tree.forEach((leaf, index) => {
        expect(rootOfPath(leaf, { index, size, path: merkleTree(tree).pathOf(index) })).toEqual(root);
      });
    }
  });

  const other = leafHash(Buffer.from('outside'));

  test('leads nowhere else: another leaf, place, size or node', () => {
    for (const size of [1, 2, 3, 7, 8, 33]) {
      const tree = many.slice(0, size);
      const root = merkleTree(tree).root;
      tree.forEach((leaf, index) => {
        const path = merkleTree(tree).pathOf(index);
        expect(rootOfPath(other, { index, size, path })).not.toEqual(root);
        for (let place = 0; place < size; place += 1) {
          if (place !== index) expect(rootOfPath(leaf, { index: place, size, path })).not.toEqual(root);
        }
        expect(rootOfPath(leaf, { index, size, path: [...path, other] })).not.toEqual(root);
        if (path.length > 0) expect(rootOfPath(leaf, { index, size, path: path.slice(1) })).not.toEqual(root);
        path.forEach((_, turn) => {
          expect(rootOfPath(leaf, { index, size, path: path.with(turn, other) })).not.toEqual(root);
        });
      });
    }
  });

  test.each([-1, 1, 0.5, Number.NaN])('there is none at index %d of a tree of one', (index) => {
    const [leaf] = leaves as [Buffer];
    expect(() => merkleTree([leaf]).pathOf(index)).toThrow(RangeError);
    expect(rootOfPath(leaf, { index, size: 1, path: [] })).toBeNull();
  });
});

test('there is no tree without leaves', () => {
  expect(() => merkleTree([])).toThrow(RangeError);
});
