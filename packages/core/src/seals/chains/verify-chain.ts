import { type Db, findSealAfter, firstPlace, type OrderedRow, type Place, placeOf } from '@errand-dash/db';
import { type HeadKey, headHash, isHeadSigned, type SignedHead } from '../heads/seal-head.ts';
import type { ChainProblem } from './chain-problem.ts';
import { checkRows } from './check-rows.ts';
import type { SealedSource } from './sealed-source.ts';
import { verifyBatch } from './verify-batch.ts';
import { verifyHead } from './verify-head.ts';

export interface ChainReport {
  chain: string;
  heads: number;
  /** How many rows are sealed, and how many more are there. */
  sealed: number;
  unsealed: number;
  /** Against how many heads that were seen before it was held. */
  known: number;
  /** The last head of the chain: keep it, and give it to the next verification. */
  last: SignedHead | null;
  /** The first thing that is wrong; null where everything is as it was. */
  problem: ChainProblem | null;
}

export interface VerifyChain {
  keys: readonly HeadKey[];
  /** Heads that were seen before. Without one nobody can tell that the end was cut off. */
  known?: readonly SignedHead[];
}

/**
 * Recomputes a chain from its first row: leaves, roots, heads, signatures, and what the source checks besides. Holds
 * one batch at a time, and stops at the first thing that is wrong. What is written meanwhile does not disturb it.
 */
export async function verifyChain<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
  { keys, known = [] }: VerifyChain,
): Promise<ChainReport> {
  const report: ChainReport = {
    chain: source.chain,
    heads: 0,
    sealed: 0,
    unsealed: 0,
    known: known.length,
    last: null,
    problem:
      known.map((head) => knownProblem(head, source.chain, keys)).find((problem) => problem !== null) ?? null,
  };
  if (report.problem !== null) return report;
  let after = firstPlace;
  for (;;) {
    const seal = await findSealAfter(db, source.chain, BigInt(report.heads));
    if (seal === null) break;
    const verdict = verifyHead(seal, { previous: report.last, keys, known });
    if ('kind' in verdict) return { ...report, problem: verdict };
    report.problem = await verifyBatch(db, source, { seal, signed: verdict, after });
    if (report.problem !== null) return report;
    report.heads = verdict.head.number;
    report.sealed = verdict.head.total;
    report.last = verdict;
    after = seal.end;
  }
  report.problem = cutOff(report, known);
  if (report.problem !== null) return report;
  return verifyTail(db, source, report, after);
}

/** What is given as seen before must itself be a head of ours, or it would prove nothing. */
function knownProblem(signed: SignedHead, chain: string, keys: readonly HeadKey[]): ChainProblem | null {
  const { number, keyId } = signed.head;
  const problem = { headNumber: number, position: null, id: null };
  if (signed.head.chain !== chain)
    return {
      ...problem,
      kind: 'head_damaged',
      says: `the given head ${number} is of the chain ${signed.head.chain}`,
    };
  const isSigned = isHeadSigned(signed, keys);
  if (isSigned === null)
    return {
      ...problem,
      kind: 'key_unknown',
      says: `the given head ${number} is signed by the unknown key ${keyId}`,
    };
  if (isSigned) return null;
  return {
    ...problem,
    kind: 'signature_wrong',
    says: `the signature of the given head ${number} is not right`,
  };
}

function cutOff({ sealed, heads, last }: ChainReport, known: readonly SignedHead[]): ChainProblem | null {
  const missing = known.filter(({ head }) => head.number > heads);
  const [first] = missing.toSorted((a, b) => a.head.number - b.head.number);
  const newest = missing.toSorted((a, b) => b.head.number - a.head.number)[0];
  if (first === undefined || newest === undefined) return null;
  const ends =
    last === null ? 'the chain is empty' : `the chain ends with head ${heads} (${headHash(last.head)})`;
  return {
    kind: 'cut_off',
    headNumber: heads + 1,
    position: sealed + 1,
    id: null,
    says: `${ends}, and head ${newest.head.number} was seen before: ${newest.head.total - sealed} rows from number ${sealed + 1} on were cut off`,
  };
}

/** What is not sealed yet has no head to be held against, only the source's own rules. */
async function verifyTail<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
  report: ChainReport,
  end: Place,
): Promise<ChainReport> {
  let after = end;
  for (;;) {
    const rows = await source.read(db, { after, limit: TAIL_ROWS_MAX });
    const [last] = rows.slice(-1);
    if (last === undefined) break;
    const problem = await checkRows(db, source, rows, {
      headNumber: null,
      before: report.sealed + report.unsealed,
    });
    if (problem !== null) return { ...report, problem };
    report.unsealed += rows.length;
    after = placeOf(last);
  }
  const nowhere = { headNumber: null, position: null } as const;
  const ahead = await source.findAhead(db);
  if (ahead !== null) {
    const { id, transaction_number: number } = ahead;
    const says = `${source.noun} ${id} names transaction ${number}, which was not yet: it was inserted by hand`;
    return { ...report, problem: { ...nowhere, kind: 'row_ahead', id, says } };
  }
  const wrong = (await source.checkEnd?.(db)) ?? null;
  if (wrong === null) return report;
  return { ...report, problem: { ...nowhere, kind: 'end_wrong', id: wrong.id, says: wrong.says } };
}

const TAIL_ROWS_MAX = 1000;
