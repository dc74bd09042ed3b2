import type { Db, OrderedRow, Place, SealRecord } from '@errand-dash/db';
import type { SignedHead } from '../heads/seal-head.ts';
import type { ChainProblem, ChainProblemKind } from './chain-problem.ts';
import { checkRows } from './check-rows.ts';
import { hashesOf } from './leaf-hashes.ts';
import { leafHash, merkleTree } from './merkle-tree.ts';
import { rowSalt } from './row-salt.ts';
import type { SealedSource } from './sealed-source.ts';

interface Batch {
  seal: SealRecord;
  signed: SignedHead;
  /** Where the batch begins. */
  after: Place;
}

/** Holds the rows of a batch against what was sealed of them. Answers the first that is not as it was. */
export async function verifyBatch<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
  batch: Batch,
): Promise<ChainProblem | null> {
  const { seal, signed, after } = batch;
  const { size, root, total, number } = signed.head;
  const hashes = hashesOf(seal);
  if (seal.rowIds.length !== size || hashes.length !== size)
    return atRow(
      batch,
      0,
      'hashes_edited',
      null,
      `the batch lists ${seal.rowIds.length} rows and sealed ${size}`,
    );
  const rows = await source.read(db, { after, upTo: seal.end, limit: size + 1 });
  const misplaced =
    rows.length === size && rows.every(({ id }, index) => id === seal.rowIds[index])
      ? -1
      : firstMisplaced(rows, seal);
  const aligned = misplaced < 0 ? rows : rows.slice(0, misplaced);
  const leaves = aligned.map((row) => leafHash(source.leafOf(row, rowSalt(seal.salt, row.id))));
  const edited = leaves.findIndex((leaf, index) => !hashes[index]?.equals(leaf));
  const areHashesIntact = rootOf(hashes) === root;

  if (edited >= 0) {
    const id = seal.rowIds[edited] ?? null;
    if (areHashesIntact)
      return atRow(batch, edited, 'row_edited', id, `${source.noun} ${id} was edited after it was sealed`);
    if (misplaced < 0 && rootOf(leaves) === root)
      return atRow(
        batch,
        edited,
        'hashes_edited',
        id,
        `the stored hash of ${source.noun} ${id} was edited, and no row`,
      );
    return atRow(
      batch,
      edited,
      'row_edited',
      id,
      `${source.noun} ${id} was edited, and stored hashes of its batch too`,
    );
  }
  if (misplaced >= 0) return misplacedRow(db, source, batch, { index: misplaced, rows });
  const wrong = await checkRows(db, source, rows, { headNumber: number, before: total - size });
  if (areHashesIntact) return wrong;
  if (wrong !== null) return { ...wrong, kind: 'row_edited' };
  return atRow(
    batch,
    0,
    'row_edited',
    null,
    `one of the ${size} rows was edited together with its stored hash, or the salt was`,
  );
}

const firstMisplaced = (rows: readonly OrderedRow[], { rowIds }: SealRecord): number =>
  Array.from({ length: rowIds.length + 1 }).findIndex((_, index) => rows[index]?.id !== rowIds[index]);

/** What became of the row that was sealed at this place, where another stands or none. */
async function misplacedRow<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
  batch: Batch,
  { index, rows }: { index: number; rows: readonly Row[] },
): Promise<ChainProblem> {
  const { rowIds } = batch.seal;
  const [found, expected] = [rows[index]?.id, rowIds[index]];
  const at = (kind: ChainProblemKind, id: string, says: string) =>
    atRow(batch, index, kind, id, `${source.noun} ${id} ${says}`);
  const isForeign = found !== undefined && !rowIds.includes(found);
  if (isForeign && (expected === undefined || rows.some(({ id }) => id === expected)))
    return at('row_inserted', found, 'was inserted: it was not there when the batch was sealed');
  if (expected === undefined) throw new Error('a batch without its last row has a place for it');
  const other = found === undefined ? -1 : rowIds.indexOf(found);
  if (other > index && rows[other]?.id === expected)
    return at('row_swapped', expected, `was swapped with ${found}, number ${other - index} after it`);
  if ((await source.find(db, [expected])).length > 0)
    return at('row_moved', expected, 'was moved to another place');
  if (isForeign) return at('row_deleted', expected, `was deleted, or has the id ${found} now`);
  return at('row_deleted', expected, 'was deleted');
}

const rootOf = (hashes: readonly Buffer[]): string => merkleTree(hashes).root.toString('base64url');

function atRow(
  { signed }: Batch,
  index: number,
  kind: ChainProblemKind,
  id: string | null,
  what: string,
): ChainProblem {
  const { size, total, number } = signed.head;
  const position = total - size + index + 1;
  return {
    kind,
    headNumber: number,
    position,
    id,
    says: `number ${position}, in the batch of head ${number}: ${what}`,
  };
}
