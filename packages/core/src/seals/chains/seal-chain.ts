import {
  beginEpoch,
  findLastHead,
  firstPlace,
  insertSeal,
  lockChain,
  type OrderedRow,
  placeOf,
  type Tx,
} from '@errand-dash/db';
import { canonicalJson } from '../../canonical-json.ts';
import type { CommandContext } from '../../command.ts';
import { headHash, parseHead, signHead } from '../heads/seal-head.ts';
import { ChainDamaged } from './chain-damaged.ts';
import { leafHash, merkleTree } from './merkle-tree.ts';
import { rowSalt } from './row-salt.ts';
import type { SealedSource } from './sealed-source.ts';

/** How many rows a batch has at most. The proof of one is ten hashes long. */
const BATCH_ROWS_MAX = 1024;

const SALT_BYTES = 32;

/**
 * Seals the next rows of a source: at most one batch, and only once it is full or its first row has waited for as long
 * as the policy says. Takes nothing that a running transaction can still precede. Answers how many rows it sealed.
 * Whoever does the same at the same time waits, and goes on after it.
 */
export async function sealChain<Row extends OrderedRow>(
  tx: Tx,
  source: SealedSource<Row>,
  { core, now, random, policy }: Pick<CommandContext, 'core' | 'now' | 'random' | 'policy'>,
): Promise<number> {
  const { chain } = source;
  await lockChain(tx, chain);
  await beginEpoch(tx);
  const last = await findLastHead(tx, chain);
  const previous = last === null ? null : parseHead(last.head);
  if (last !== null && previous === null) throw new ChainDamaged(chain);
  const rows = await source.read(tx, { after: last?.end ?? firstPlace, limit: BATCH_ROWS_MAX });
  const [first] = rows;
  const end = rows.at(-1);
  if (first === undefined || end === undefined) return 0;
  const waitedSeconds = (now.getTime() - source.writtenAt(first).getTime()) / 1000;
  if (rows.length < BATCH_ROWS_MAX && waitedSeconds < policy.sealAfterSeconds) return 0;

  const salt = Buffer.from(random(SALT_BYTES));
  const leaves = rows.map((row) => leafHash(source.leafOf(row, rowSalt(salt, row.id))));
  const { head, signature } = signHead(
    {
      version: 1,
      chain,
      number: (previous?.number ?? 0) + 1,
      size: rows.length,
      total: (previous?.total ?? 0) + rows.length,
      root: merkleTree(leaves).root.toString('base64url'),
      previousHead: previous === null ? null : headHash(previous),
      sealedAt: now.toISOString(),
    },
    core.seals,
  );
  await insertSeal(tx, {
    chain,
    number: BigInt(head.number),
    head: canonicalJson(head),
    signature: Buffer.from(signature, 'base64url'),
    salt,
    rowIds: rows.map(({ id }) => id),
    leafHashes: Buffer.concat(leaves),
    end: placeOf(end),
  });
  return rows.length;
}
